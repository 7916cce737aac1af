// The network that a job begins with. Includes Torch.
#pragma once

#include "absl/status/statusor.h"
#include "server/model/resnet.h"
#include "server/training/attempt.h"

namespace fovea {

// Random weights from the seed; with an init version, its weights over them: all when it has as
// many classes, all but the last layer otherwise. INVALID_ARGUMENT where the architecture differs.
absl::StatusOr<ResNet> MakeInitialModel(const Attempt& attempt);

// "cpu", "cuda:N", or for "auto" the first CUDA device if there is one. INVALID_ARGUMENT for a device
// that is not there.
absl::StatusOr<torch::Device> ResolveDevice(const std::string& name);

}  // namespace fovea
