// What ModelService needs of the layers that know weights, as functions: the rpc layer links no
// tensor library.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/preprocess/spec.h"
#include "server/model/registry.h"
#include "server/model/safetensors.h"

namespace fovea {

// What comes with an imported file; see fovea.v1.ImportModelHeader.
struct ImportParams {
  std::vector<std::string> class_names;      // Empty: those in the file, or none.
  std::optional<PreprocessSpec> preprocess;  // Unset: that in the file, or the reference one.
};

// All are called on executor threads, several at once.
struct ModelFiles {
  // Reads the safetensors file at `path` and writes weights and manifest into the empty folder
  // `staging_dir`; the service publishes it.
  std::function<absl::Status(const std::string& path, const ImportParams& params,
                             const std::string& staging_dir)>
      import_weights;
  // Hands a version to `sink` as one safetensors file.
  std::function<absl::Status(const VersionInfo& version, const ByteSink& sink)> export_version;
  // In which this server serves a version with such an InferenceInfo.
  std::function<Precision(const InferenceInfo& info)> served_precision;
  // Called after every change of versions and aliases.
  std::function<void()> on_change;
  // For files that come and go, on the file system of the registry.
  std::string temp_dir;
  int64_t max_import_bytes = int64_t{2} << 30;
};

}  // namespace fovea
