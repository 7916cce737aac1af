// Batch normalisation with what follows it, in one pass. Includes Torch.
#pragma once

#include "common/torch/torch.h"

namespace fovea {

// norm(x), relu(norm(x)), and relu(norm(x) + shortcut), as Torch's own modules and functions
// compute them (running statistics move in training mode), but for the order of sums. `x` is lost:
// its memory may be taken for the result.
//
// In training on a CPU, with float32 or bfloat16 in channels_last memory, statistics take one pass
// over x and all the rest one more, forwards as well as backwards; sums do not depend on the number
// of threads. Everything else is left to Torch. With a gradient of x there is always one of norm's
// parameters. Throws Torch's exceptions.
torch::Tensor Norm(torch::nn::BatchNorm2dImpl& norm, const torch::Tensor& x);
torch::Tensor NormRelu(torch::nn::BatchNorm2dImpl& norm, const torch::Tensor& x);
torch::Tensor NormAddRelu(torch::nn::BatchNorm2dImpl& norm, const torch::Tensor& x,
                          const torch::Tensor& shortcut);

}  // namespace fovea
