// A module's parameters and buffers by name, as Python's state_dict. Includes Torch.
#pragma once

#include "absl/status/status.h"
#include "common/torch/torch.h"
#include "server/model/safetensors_torch.h"

namespace fovea {

// All parameters and buffers; they share memory with the module.
NamedTensors StateDict(const torch::nn::Module& module);

// Copies tensors into the module's own. Every name and shape must agree, floating tensors are
// converted to the module's type, whole numbers must be of the same type. INVALID_ARGUMENT
// "weights: ..." that names what is missing, unexpected or of another shape; then the module is
// unchanged.
absl::Status LoadStateDict(torch::nn::Module& module, const NamedTensors& tensors);

// The check alone.
absl::Status CheckStateDict(const torch::nn::Module& module, const NamedTensors& tensors);

}  // namespace fovea
