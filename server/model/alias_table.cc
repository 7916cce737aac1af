#include "server/model/alias_table.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/base/status.h"
#include "server/model/json_reader.h"

namespace fovea {
namespace {

using Json = nlohmann::json;

constexpr int32_t kMaxVersion = std::numeric_limits<int32_t>::max() - 1;

Json ToJson(const AliasChange& change) {
  return {{"alias", change.alias},
          {"from_version", change.from_version},
          {"to_version", change.to_version},
          {"time", absl::FormatTime(change.time, absl::UTCTimeZone())},
          {"checks", change.checks},
          {"forced", change.forced},
          {"reason", change.reason}};
}

absl::Status ReadAliases(const Json& object, std::map<std::string, int32_t>* aliases) {
  JsonReader reader(object, "aliases");
  for (const auto& [alias, value] : object.items()) {
    (*aliases)[alias] = static_cast<int32_t>(reader.Int(alias, 1, kMaxVersion));
  }
  return reader.Finish();
}

absl::StatusOr<AliasChange> ReadChange(const Json& object) {
  if (!object.is_object()) return FieldError("changes", "must be an array of objects");
  JsonReader reader(object, "changes");
  AliasChange change;
  change.alias = reader.String("alias");
  change.from_version = static_cast<int32_t>(reader.Int("from_version", 0, kMaxVersion));
  change.to_version = static_cast<int32_t>(reader.Int("to_version", 0, kMaxVersion));
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, reader.String("time"), &change.time, &error)) {
    reader.Fail("time", error);
  }
  change.checks = reader.Strings("checks");
  change.forced = reader.Bool("forced");
  change.reason = reader.String("reason");
  FOVEA_RETURN_IF_ERROR(reader.Finish());
  return change;
}

}  // namespace

int32_t AliasTable::Target(const std::string& alias) const {
  const auto found = aliases.find(alias);
  return found == aliases.end() ? 0 : found->second;
}

void AliasTable::Apply(AliasChange change) {
  change.from_version = Target(change.alias);
  if (change.to_version == 0) {
    aliases.erase(change.alias);
  } else {
    aliases[change.alias] = change.to_version;
  }
  changes.insert(changes.begin(), std::move(change));
  if (changes.size() > kMostChanges) changes.pop_back();
}

std::string AliasTableToJson(const AliasTable& table) {
  Json changes = Json::array();
  for (const AliasChange& change : table.changes) changes.push_back(ToJson(change));
  const Json json = {{"aliases", table.aliases}, {"changes", changes}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

absl::StatusOr<AliasTable> AliasTableFromJson(const std::string& text) {
  FOVEA_ASSIGN_OR_RETURN(const Json json, ParseJsonObject("aliases", text));
  AliasTable table;
  const bool bare = !json.contains("aliases") || !json["aliases"].is_object();
  if (bare) {
    FOVEA_RETURN_IF_ERROR(ReadAliases(json, &table.aliases));
    return table;
  }
  JsonReader reader(json, "aliases");
  FOVEA_RETURN_IF_ERROR(ReadAliases(reader.Object("aliases"), &table.aliases));
  for (const Json& change : reader.Array("changes")) {
    FOVEA_ASSIGN_OR_RETURN(table.changes.emplace_back(), ReadChange(change));
  }
  FOVEA_RETURN_IF_ERROR(reader.Finish());
  return table;
}

}  // namespace fovea
