// Which 8-bit numbers stand for the values between convolutions. Includes Torch.
#pragma once

#include <vector>

#include "common/torch/torch.h"
#include "server/model/inference_info.h"
#include "server/model/plan/folded_resnet.h"

namespace fovea {

// The range of the values of one place in the network, over the inputs that it was shown.
// Histograms of equal bins whose width doubles when a value lies outside, so that one pass is
// enough. Not thread-safe.
class RangeObserver {
 public:
  void Observe(const torch::Tensor& values);

  // The quantiser with the least mean squared error over what was observed, the range cut at either
  // end by the same factor: values beyond are rare and saturate. With no negative values the zero
  // point is 0.
  Quantiser BestQuantiser() const;

 private:
  double Error(double low, double high) const;

  double bound_ = 0;  // The histogram covers -bound_..bound_.
  double lowest_ = 0, highest_ = 0;
  std::vector<double> counts_;
};

// Runs the network in float32 on batches of inputs [N, 3, H, W], at least one, and chooses from the
// ranges that it sees.
ActivationQuantisers ChooseQuantisers(const FoldedResNet& network,
                                      const std::vector<torch::Tensor>& batches);

}  // namespace fovea
