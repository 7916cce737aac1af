#include "server/model/plan/quantisation.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <utility>

#include "server/model/plan/plain_conv.h"
#include "server/model/plan/resnet_plan.h"

namespace fovea {
namespace {

constexpr int64_t kBins = 4096;       // Even: two bins become one when the range doubles.
constexpr double kLevels = 255;       // Steps between the numbers 0 and 255.
constexpr double kSmallestCut = 0.3;  // Of the range, that is tried.
constexpr double kCutStep = 0.01;

Quantiser ForRange(double low, double high) {
  Quantiser quantiser;
  quantiser.scale = std::max(high - low, 1e-8) / kLevels;
  quantiser.zero_point = std::lround(-low / quantiser.scale);
  return quantiser;
}

// Shows what it computes to an observer.
class ObservedConv : public PlannedConv {
 public:
  ObservedConv(PlannedConvPtr conv, RangeObserver* observer)
      : conv_(std::move(conv)), observer_(observer) {}

  torch::Tensor Run(const torch::Tensor& x, bool relu) const override {
    return Observed(conv_->Run(x, relu));
  }
  torch::Tensor RunAddRelu(const torch::Tensor& x, torch::Tensor sum) const override {
    return Observed(conv_->RunAddRelu(x, std::move(sum)));
  }

 private:
  torch::Tensor Observed(torch::Tensor y) const {
    observer_->Observe(y);
    return y;
  }

  const PlannedConvPtr conv_;
  RangeObserver* const observer_;
};

}  // namespace

void RangeObserver::Observe(const torch::Tensor& values) {
  const torch::Tensor flat = values.flatten();
  const auto [low, high] = flat.aminmax();
  lowest_ = std::min(lowest_, low.item<double>());
  highest_ = std::max(highest_, high.item<double>());
  const double needed = std::max({-lowest_, highest_, 1e-6});
  if (counts_.empty()) {
    bound_ = needed;
    counts_.assign(kBins, 0);
  }
  while (bound_ < needed) {  // Each bin takes in the one next to it, around the middle.
    std::vector<double> wider(kBins, 0);
    for (int64_t i = 0; i < kBins; ++i) wider[kBins / 4 + i / 2] += counts_[i];
    counts_ = std::move(wider);
    bound_ *= 2;
  }
  const torch::Tensor counts =
      torch::histc(flat, kBins, -bound_, bound_).to(torch::kCPU, torch::kDouble);
  const double* found = counts.const_data_ptr<double>();
  for (int64_t i = 0; i < kBins; ++i) counts_[i] += found[i];
}

double RangeObserver::Error(double low, double high) const {
  const double step = (high - low) / kLevels;
  const double width = 2 * bound_ / static_cast<double>(kBins);
  double error = 0;
  for (int64_t i = 0; i < kBins; ++i) {
    if (counts_[i] == 0) continue;
    const double value = -bound_ + (static_cast<double>(i) + 0.5) * width;
    const double beyond = std::max({low - value, value - high, 0.0});
    // Rounding is uniform within a step: its variance is step^2 / 12.
    error += counts_[i] * (beyond > 0 ? beyond * beyond : step * step / 12);
  }
  return error;
}

Quantiser RangeObserver::BestQuantiser() const {
  double best = std::numeric_limits<double>::infinity();
  double best_cut = 1;
  for (double cut = 1; cut >= kSmallestCut; cut -= kCutStep) {
    const double error = Error(lowest_ * cut, highest_ * cut);
    if (error >= best) continue;
    best = error;
    best_cut = cut;
  }
  return ForRange(lowest_ * best_cut, highest_ * best_cut);
}

ActivationQuantisers ChooseQuantisers(const FoldedResNet& network,
                                      const std::vector<torch::Tensor>& batches) {
  std::deque<RangeObserver> results;  // They stay where they are.
  const ResNetPlan plan(network, batches.at(0).sizes().vec(),
                        [&](const FoldedConv& conv, const ResNetPlan::Place&) -> PlannedConvPtr {
                          return std::make_unique<ObservedConv>(
                              MakePlainConv(conv, torch::kFloat, torch::kCPU),
                              &results.emplace_back());
                        });
  RangeObserver input;
  for (const torch::Tensor& batch : batches) {
    input.Observe(batch);
    plan.Activations(batch);
  }
  ActivationQuantisers quantisers;
  quantisers.input = input.BestQuantiser();
  for (const RangeObserver& result : results) quantisers.results.push_back(result.BestQuantiser());
  return quantisers;
}

}  // namespace fovea
