#include "server/model/plan/onednn_conv.h"

#include <ATen/cpu/Utils.h>

#include <array>

#include "server/model/plan/dispatch.h"

namespace fovea {
namespace {

using Unary = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                         at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, int64_t,
                         std::string_view, PostOpScalars, std::optional<std::string_view>);
using BinaryInPlace = at::Tensor&(at::Tensor&, const at::Tensor&, const at::Tensor&,
                                  const std::optional<at::Tensor>&, at::IntArrayRef,
                                  at::IntArrayRef, at::IntArrayRef, int64_t, std::string_view,
                                  std::optional<at::Scalar>, std::optional<std::string_view>,
                                  PostOpScalars, std::optional<std::string_view>);

class OneDnnConv : public PlannedConv {
 public:
  OneDnnConv(const FoldedConv& conv, at::ScalarType type, at::IntArrayRef input_shape)
      : bias_(conv.bias.to(type)),
        stride_{conv.stride, conv.stride},
        padding_{conv.padding, conv.padding} {
    const std::vector<int64_t> shape = input_shape.vec();
    weight_ = at::mkldnn_reorder_conv2d_weight(conv.weight.to(type).to_mkldnn(), padding_, stride_,
                                               kDilation,
                                               /*groups=*/1, at::OptionalIntArrayRef(shape));
  }

  torch::Tensor Run(const torch::Tensor& x, bool relu) const override {
    static const auto op = FindOperator<Unary>("mkldnn::_convolution_pointwise", "");
    return op.call(x, weight_, bias_, padding_, stride_, kDilation, 1, relu ? "relu" : "none",
                   PostOpScalars(), "");
  }

  torch::Tensor RunAddRelu(const torch::Tensor& x, torch::Tensor sum) const override {
    static const auto op = FindOperator<BinaryInPlace>("mkldnn::_convolution_pointwise_", "binary");
    return op.call(sum, x, weight_, bias_, padding_, stride_, kDilation, 1, "add", 1.0, "relu",
                   PostOpScalars(), "");
  }

 private:
  static constexpr std::array<int64_t, 2> kDilation = {1, 1};
  torch::Tensor weight_;  // In oneDNN's own order.
  torch::Tensor bias_;
  const std::array<int64_t, 2> stride_;
  const std::array<int64_t, 2> padding_;
};

}  // namespace

bool HasOneDnn() {
  return at::globalContext().hasMKLDNN() && at::globalContext().userEnabledMkldnn();
}

PrecisionSupport SupportOfThisProcessor() {
  // Not oneDNN's own answer, which is yes also where bfloat16 is only stored.
  static const PrecisionSupport support = [] {
    std::set<std::string> capabilities;
    for (const auto& [name, value] : at::cpu::get_cpu_capabilities()) {
      if (value.isBool() && value.toBool()) capabilities.insert(name);
    }
    return SupportOfProcessor(capabilities);
  }();
  return HasOneDnn() ? support : PrecisionSupport();
}

PlannedConvPtr MakeOneDnnConv(const FoldedConv& conv, at::ScalarType type,
                              at::IntArrayRef input_shape) {
  return std::make_unique<OneDnnConv>(conv, type, input_shape);
}

}  // namespace fovea
