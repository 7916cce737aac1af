// Mirrored views of a photograph at test time, in answers, evaluations and the tests of training
// alike. Includes Torch.
#pragma once

#include <functional>

#include "common/torch/torch.h"

namespace fovea {

// The logits [N, classes] of inputs [N, 3, H, W].
using LogitsFunction = std::function<torch::Tensor(const torch::Tensor& inputs)>;

// Mean logits over views of the inputs: as they are; from 2 views on, also mirrored left to right;
// with 4, also both of these mirrored top to bottom. `logits_of` is called once a view, first with
// the inputs as they are, so that memory is that of one batch and time that of `views` batches; one
// view gives exactly its logits. Throws Torch's exceptions.
torch::Tensor MeanLogits(const torch::Tensor& inputs, int views, const LogitsFunction& logits_of);

}  // namespace fovea
