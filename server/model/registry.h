// Model versions and aliases on disk:
//
//   ROOT/{model}/versions/{n}/weights.safetensors, manifest.json, evaluation.csv
//   ROOT/{model}/aliases.json
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/base/names.h"
#include "server/model/alias_table.h"
#include "server/model/manifest.h"

namespace fovea {

struct VersionInfo {
  std::string model_id;
  int32_t version = 0;
  Manifest manifest;
  std::string dir;                   // Of the version.
  std::vector<std::string> aliases;  // That point at it, sorted.

  std::string name() const { return ModelVersionName(model_id, version); }
};

struct ModelInfo {
  std::string model_id;
  std::map<std::string, int32_t> aliases;
  std::vector<int32_t> versions;  // Ascending, never empty.
  std::vector<AliasChange> alias_changes;  // Newest first.
};

// What is recorded with a change of an alias, and what it was decided on.
struct AliasNote {
  std::vector<std::string> checks = {};
  bool forced = false;
  std::string reason = "";
  // The version that the alias pointed at when the checks were made, 0 for none; unset: any.
  std::optional<int32_t> expected = std::nullopt;
};

// Thread-safe; the disk is the truth, every call reads or writes it under one mutex. One process
// owns a root.
class Registry {
 public:
  // Makes the folder if need be. Versions that a crash left half deleted are removed; a version
  // whose manifest cannot be read or whose weights have another size is moved to ROOT/.quarantine
  // and logged.
  static absl::StatusOr<std::unique_ptr<Registry>> Open(const std::string& root);

  // Gives the staged folder (weights and manifest inside, on the same file system) the next version
  // number of the model: checks that manifest and weights belong together, fsyncs, renames. A
  // number is never used again, not even after its version was deleted. Idempotent by job: when a
  // version's provenance has the same `job` (`jobs/{job}`, not empty), that version is returned and
  // what is still staged is removed. A model's first version also becomes `production` if it has
  // class names; every trained one becomes `candidate`. A crash leaves all of it done (after the
  // next Open) or nothing.
  absl::StatusOr<VersionInfo> Publish(const std::string& model_id, const std::string& staged_dir,
                                      const std::string& job);

  // Version, alias, or for a plain model: `production`, or the newest without such an alias.
  // NOT_FOUND that names what does not exist and what does.
  absl::StatusOr<VersionInfo> Resolve(const ModelRef& ref) const;

  std::vector<ModelInfo> ListModels() const;  // By id.
  absl::StatusOr<ModelInfo> GetModel(const std::string& model_id) const;

  // Version 0 removes the alias. NOT_FOUND for a version or alias that does not exist, ABORTED when
  // the alias does not point where the note expects. The change is recorded in the same file as the
  // alias, by one rename: a crash leaves both or neither.
  absl::StatusOr<ModelInfo> SetAlias(const std::string& model_id, const std::string& alias,
                                     int32_t version, const AliasNote& note = {});

  // FAILED_PRECONDITION while an alias points at it. Open files of loaded versions stay valid.
  absl::Status DeleteVersion(const std::string& model_id, int32_t version);

  const std::string& root() const { return root_; }

 private:
  explicit Registry(std::string root) : root_(std::move(root)) {}

  const std::string root_;
  mutable absl::Mutex mutex_;  // Held around every access to the folder.
};

}  // namespace fovea
