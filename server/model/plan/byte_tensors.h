// Tensors of bytes between the convolutions of 8-bit inference. Includes Torch.
#pragma once

#include "common/torch/torch.h"
#include "server/model/inference_info.h"

namespace fovea {

// Bytes round(x / scale) + zero point, limited to 0..255, of floats of any shape, in the memory
// order of x; one pass.
torch::Tensor QuantiseBytes(const torch::Tensor& x, const Quantiser& quantiser);

}  // namespace fovea
