// One convolution of an inference plan, in whatever precision. Includes Torch.
#pragma once

#include <memory>

#include "common/torch/torch.h"
#include "server/model/plan/folded_resnet.h"

namespace fovea {

// Immutable, so thread-safe. What goes in and comes out is channels_last, of the types and scales
// that the plan gives its convolutions. Throws Torch's exceptions.
class PlannedConv {
 public:
  virtual ~PlannedConv() = default;
  virtual torch::Tensor Run(const torch::Tensor& x, bool relu) const = 0;
  // relu(convolution of x, plus `sum`). `sum` is lost: its memory may be taken for the result.
  virtual torch::Tensor RunAddRelu(const torch::Tensor& x, torch::Tensor sum) const = 0;
};
using PlannedConvPtr = std::unique_ptr<PlannedConv>;

}  // namespace fovea
