// The max pooling behind the stem. Includes Torch.
#pragma once

#include "common/torch/torch.h"

namespace fovea {

// The highest of 3x3 places with stride 2 and padding 1, [N, C, ceil(H / 2), ceil(W / 2)] of
// [N, C, H, W], as torch::max_pool2d, but of values that are not negative (what ReLU gives, or
// bytes), and without where they were. On a CPU and in channels_last: of floats, bfloat16 and bytes
// (which Torch's own refuses).
torch::Tensor MaxPoolAfterRelu(const torch::Tensor& x);

}  // namespace fovea
