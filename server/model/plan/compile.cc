#include "server/model/plan/compile.h"

#include <stdexcept>
#include <utility>

#include "server/model/plan/byte_tensors.h"
#include "server/model/plan/folded_resnet.h"
#include "server/model/plan/max_pool.h"
#include "server/model/plan/onednn_conv.h"
#include "server/model/plan/plain_conv.h"
#include "server/model/plan/quantised_conv.h"

namespace fovea {
namespace {

using Place = ResNetPlan::Place;

// Converts what enters the stem and what leaves the last convolution.
class ConvertingConv : public PlannedConv {
 public:
  using Convert = std::function<torch::Tensor(const torch::Tensor&)>;
  ConvertingConv(PlannedConvPtr conv, Convert before, Convert after)
      : conv_(std::move(conv)), before_(std::move(before)), after_(std::move(after)) {}

  torch::Tensor Run(const torch::Tensor& x, bool relu) const override {
    return After(conv_->Run(Before(x), relu));
  }
  torch::Tensor RunAddRelu(const torch::Tensor& x, torch::Tensor sum) const override {
    return After(conv_->RunAddRelu(Before(x), std::move(sum)));
  }

 private:
  torch::Tensor Before(const torch::Tensor& x) const { return before_ ? before_(x) : x; }
  torch::Tensor After(torch::Tensor y) const { return after_ ? after_(y) : y; }

  const PlannedConvPtr conv_;
  const Convert before_, after_;
};

// A network inside of which all is of `type`, and outside float32.
PlannedConvPtr InType(at::ScalarType type, PlannedConvPtr conv, const Place& place) {
  const bool first = place.index == 0;
  if (type == torch::kFloat || (!first && !place.last)) return conv;
  const auto to = [](at::ScalarType wanted) {
    return [wanted](const torch::Tensor& x) { return x.to(wanted); };
  };
  ConvertingConv::Convert before, after;
  if (first) before = to(type);
  if (place.last) after = to(torch::kFloat);
  return std::make_unique<ConvertingConv>(std::move(conv), std::move(before), std::move(after));
}

PlannedConvPtr Int8Conv(const ActivationQuantisers& quantisers, const FoldedConv& conv,
                        const Place& place) {
  ConvQuantisers own;
  own.input = place.input_from < 0 ? quantisers.input : quantisers.results.at(place.input_from);
  own.output = quantisers.results.at(place.index);
  if (place.sum_from >= 0) own.sum = quantisers.results.at(place.sum_from);
  PlannedConvPtr made = MakeQuantisedConv(conv, own, place.last, place.input_shape);
  if (place.index != 0) return made;
  return std::make_unique<ConvertingConv>(
      std::move(made), [own](const torch::Tensor& x) { return QuantiseBytes(x, own.input); },
      nullptr);
}

ResNetPlan::MakeConv Maker(torch::Device device, const PlanOptions& options) {
  at::ScalarType type =
      options.precision == Precision::kBfloat16 ? torch::kBFloat16 : torch::kFloat;
  if (device.is_cpu() && HasOneDnn()) {
    return [type](const FoldedConv& conv, const Place& place) {
      return InType(type, MakeOneDnnConv(conv, type, place.input_shape), place);
    };
  }
  if (device.is_cpu()) type = torch::kFloat;
  return [type, device](const FoldedConv& conv, const Place& place) {
    return InType(type, MakePlainConv(conv, type, device), place);
  };
}

}  // namespace

PrecisionSupport SupportOf(torch::Device device) {
  if (!device.is_cpu()) return {.bfloat16 = true, .cpu = false};
  return SupportOfThisProcessor();
}

std::unique_ptr<const ResNetPlan> Compile(const ResNet& network, torch::Device device,
                                          const PlanOptions& options) {
  const torch::InferenceMode inference_mode;
  FoldedResNet folded = Fold(network);
  folded.fc_weight = folded.fc_weight.to(device);
  folded.fc_bias = folded.fc_bias.to(device);
  const std::vector<int64_t> shape = {options.batch, 3, options.crop_size, options.crop_size};
  if (options.precision != Precision::kInt8 || (device.is_cpu() && !HasOneDnn())) {
    const ResNetPlan::Pool pool = device.is_cpu() ? MaxPoolAfterRelu : ResNetPlan::MaxPool;
    return std::make_unique<ResNetPlan>(folded, shape, Maker(device, options), pool);
  }
  if (!options.quantisers || !device.is_cpu()) {
    throw std::invalid_argument("8-bit inference needs quantisers, and a CPU");
  }
  const auto make = [&](const FoldedConv& conv, const Place& place) {
    return Int8Conv(*options.quantisers, conv, place);
  };
  return std::make_unique<ResNetPlan>(folded, shape, make, MaxPoolAfterRelu);
}

}  // namespace fovea
