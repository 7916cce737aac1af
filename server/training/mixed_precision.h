// Training in bfloat16 where that is fast. Includes Torch.
#pragma once

#include "common/torch/torch.h"

namespace fovea {

// Whether the device computes in bfloat16 faster than in float32: CPUs with AVX512_BF16 or AMX,
// CUDA devices.
bool HasFastMixedPrecision(torch::Device device);

// While it lives and `on`, on this thread, convolutions and linear layers compute in bfloat16, with
// float32 sums inside, and what needs the range (loss, softmax) in float32: Torch's autocast.
// Parameters, their gradients and batch-norm statistics stay float32. bfloat16 has the exponents of
// float32, so the loss needs no scaling. For the forward pass; backward follows its types.
class MixedPrecision {
 public:
  MixedPrecision(torch::Device device, bool on);
  ~MixedPrecision();
  MixedPrecision(const MixedPrecision&) = delete;
  MixedPrecision& operator=(const MixedPrecision&) = delete;

 private:
  const at::DeviceType device_;
  const bool on_;
  const bool enabled_before_;
  const at::ScalarType type_before_;
};

}  // namespace fovea
