// A model version as one safetensors file for PyTorch.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "server/model/safetensors.h"

namespace fovea {

// Where the manifest's JSON is in the file's metadata.
inline constexpr char kManifestMetadataKey[] = "fovea.manifest";

// Hands the file to `sink` in pieces of at most 1 MiB: torchvision's names, float32, so that
// Python's load_state_dict(strict=True) takes it, and the manifest, so that ImportWeights restores
// the version. Reads the weights from disk once and checks their hash before the first piece:
// DATA_LOSS when they are not those of the manifest. Holds one copy of the weights. An error of the
// sink ends it.
absl::Status ExportVersion(const std::string& version_dir, const ByteSink& sink);

}  // namespace fovea
