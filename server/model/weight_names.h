// Recognises a ResNet by the names and shapes of its tensors. Includes Torch.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "server/model/architecture.h"
#include "server/model/safetensors_torch.h"

namespace fovea {

// The same tensors under torchvision's names: without the prefixes that training wrappers put
// before them. INVALID_ARGUMENT when two would get one name.
absl::StatusOr<NamedTensors> WithTorchvisionNames(const NamedTensors& tensors);

struct RecognisedNetwork {
  Architecture architecture = Architecture::kResNet18;
  int64_t num_classes = 0;
};

// By the blocks of its four layers and the rows of `fc`. INVALID_ARGUMENT that says what it looks
// like when it is neither ResNet18 nor ResNet50.
absl::StatusOr<RecognisedNetwork> RecogniseNetwork(const NamedTensors& tensors);

}  // namespace fovea
