// The two files of a model version, weights.safetensors and manifest.json. Includes Torch.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/torch/torch.h"
#include "server/model/manifest.h"
#include "server/model/resnet.h"

namespace fovea {

// Writes both files into `dir`, which exists and has neither, ready for Registry::Publish. The
// caller gives class names, preprocessing, provenance and metrics; architecture, number of classes,
// fingerprint, hash, size, creation time and Fovea's version are filled in. Returns the whole
// manifest. Files are on disk (fsync) when this returns.
absl::StatusOr<Manifest> WriteVersion(const ResNet& model, Manifest manifest,
                                      const std::string& dir);

// Copies a version's weights into a module of the manifest's architecture and class count.
// DATA_LOSS when the file is not the one that the manifest describes (size, SHA-256); the bytes
// that were hashed are those that are used.
absl::Status LoadVersionWeights(ResNetImpl& model, const Manifest& manifest,
                                const std::string& dir);

}  // namespace fovea
