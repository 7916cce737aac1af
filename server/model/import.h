// From somebody's ResNet weights, or a version that Fovea exported, to a staged version.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/preprocess/spec.h"
#include "server/model/manifest.h"

namespace fovea {

struct ImportOptions {
  std::vector<std::string> class_names;      // Empty: those of an exported file, or none.
  std::optional<PreprocessSpec> preprocess;  // Nothing: that of an exported file, or the default.
};

// Reads a safetensors file with torchvision's or timm's names of a ResNet18 or ResNet50, also
// behind "module.", "model.", "backbone." or "_orig_mod.", also in half precision and without
// num_batches_tracked, and writes weights and manifest into `staging_dir` (which exists and is
// empty), ready for Registry::Publish. The number of classes is that of `fc`. The manifest of an
// exported file is taken over with its provenance and metrics. Returns the new manifest.
//
// INVALID_ARGUMENT that says what does not fit: another network, tensors missing or surplus, values
// that are not finite, class names of another number, a manifest that is not of these weights.
absl::StatusOr<Manifest> ImportWeights(const std::string& safetensors_path,
                                       const ImportOptions& options,
                                       const std::string& staging_dir);

}  // namespace fovea
