// The index file: a line of JSON an item, so that it can be read with common tools.
#include <nlohmann/json.hpp>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/dataset/index.h"

namespace fovea {
namespace {

using Json = nlohmann::ordered_json;

Json ToJson(const DatasetItem& item) {
  return {{"path", item.path},       {"label", item.label},
          {"part", item.part == Part::kTrain ? "train" : "test"},
          {"patient", item.patient}, {"sha256", item.sha256},
          {"size", item.size}};
}

absl::StatusOr<Part> ParsePart(const std::string& name) {
  if (name == "train") return Part::kTrain;
  if (name == "test") return Part::kTest;
  return FieldError("part", "must be train or test");
}

// Throws what nlohmann throws for missing fields and other types.
absl::StatusOr<DatasetItem> FromJson(const Json& json) {
  DatasetItem item;
  json.at("path").get_to(item.path);
  json.at("label").get_to(item.label);
  FOVEA_ASSIGN_OR_RETURN(item.part, ParsePart(json.at("part").get<std::string>()));
  json.at("patient").get_to(item.patient);
  json.at("sha256").get_to(item.sha256);
  json.at("size").get_to(item.size);
  return item;
}

absl::StatusOr<DatasetItem> ParseLine(absl::string_view line) {
  try {
    return FromJson(Json::parse(line.begin(), line.end()));
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
}

}  // namespace

absl::Status WriteIndex(const std::string& path, const std::vector<DatasetItem>& items) {
  std::string text;
  try {
    for (const DatasetItem& item : items) absl::StrAppend(&text, ToJson(item).dump(), "\n");
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("items: ", error.what()));
  }
  return WriteFileAtomic(path, text);
}

absl::StatusOr<std::vector<DatasetItem>> ReadIndex(const std::string& path) {
  FOVEA_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  std::vector<DatasetItem> items;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    ++number;
    absl::StatusOr<DatasetItem> item = ParseLine(line);
    if (!item.ok()) return Annotate(item.status(), absl::StrCat(path, " line ", number));
    items.push_back(*std::move(item));
  }
  return items;
}

}  // namespace fovea
