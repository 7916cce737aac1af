// The aliases of one model and how they came to be: one file, so that neither is ever without the
// other.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace fovea {

// As fovea.v1.AliasChange.
struct AliasChange {
  std::string alias;
  int32_t from_version = 0;  // 0: there was none.
  int32_t to_version = 0;    // 0: removed.
  absl::Time time;
  std::vector<std::string> checks = {};
  bool forced = false;
  std::string reason = "";
};

// Not thread-safe.
struct AliasTable {
  std::map<std::string, int32_t> aliases;
  std::vector<AliasChange> changes;  // Newest first, kMostChanges at most.

  static constexpr size_t kMostChanges = 100;

  // The version that an alias points at; 0 without one.
  int32_t Target(const std::string& alias) const;
  // Makes the change and remembers it. `from_version` is filled in.
  void Apply(AliasChange change);
};

// Indented JSON.
std::string AliasTableToJson(const AliasTable& table);

// Also reads what was written before there were changes: an object of versions by alias.
// INVALID_ARGUMENT for anything else.
absl::StatusOr<AliasTable> AliasTableFromJson(const std::string& json);

}  // namespace fovea
