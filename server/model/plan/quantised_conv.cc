#include "server/model/plan/quantised_conv.h"

#include "server/model/plan/dispatch.h"
#include "server/model/plan/onednn_conv.h"

namespace fovea {
namespace {

using Text = std::string_view;
using OptionalText = std::optional<std::string_view>;

using Prepack = at::Tensor(at::Tensor, at::Tensor, double, int64_t, torch::List<int64_t>,
                           torch::List<int64_t>, torch::List<int64_t>, int64_t,
                           std::optional<torch::List<int64_t>>);
using Pointwise = at::Tensor(at::Tensor, double, int64_t, at::Tensor, at::Tensor, at::Tensor,
                             std::optional<at::Tensor>, torch::List<int64_t>, torch::List<int64_t>,
                             torch::List<int64_t>, int64_t, double, int64_t,
                             std::optional<at::ScalarType>, Text, PostOpScalars, OptionalText);
using PointwiseSum = at::Tensor(at::Tensor, double, int64_t, at::Tensor, at::Tensor, at::Tensor,
                                at::Tensor, std::optional<at::Tensor>, torch::List<int64_t>,
                                torch::List<int64_t>, torch::List<int64_t>, int64_t, double,
                                int64_t, std::optional<at::ScalarType>, double, int64_t, Text,
                                std::optional<at::Scalar>, OptionalText, PostOpScalars,
                                OptionalText);

constexpr double kLargestWeight = 127;

class QuantisedConv : public PlannedConv {
 public:
  QuantisedConv(const FoldedConv& conv, const ConvQuantisers& quantisers, bool float_result,
                at::IntArrayRef input_shape)
      : quantisers_(quantisers),
        float_result_(float_result),
        bias_(conv.bias),
        stride_({conv.stride, conv.stride}),
        padding_({conv.padding, conv.padding}) {
    weight_scales_ = conv.weight.abs().amax({1, 2, 3}).clamp_min(1e-12).div(kLargestWeight);
    weight_zero_points_ = torch::zeros({conv.weight.size(0)}, torch::kInt);
    const torch::Tensor bytes =
        conv.weight.div(weight_scales_.view({-1, 1, 1, 1})).round().to(torch::kChar).contiguous();
    static const auto prepack = FindOperator<Prepack>("onednn::qconv_prepack", "");
    weight_ =
        prepack.call(bytes, weight_scales_, quantisers.input.scale, quantisers.input.zero_point,
                     stride_, padding_, dilation_, 1, torch::List<int64_t>(input_shape.vec()));
  }

  torch::Tensor Run(const torch::Tensor& x, bool relu) const override {
    return Convolve(x, relu, float_result_);
  }

  torch::Tensor RunAddRelu(const torch::Tensor& x, torch::Tensor sum) const override {
    const Quantiser& of_sum = quantisers_.sum;
    if (float_result_) {  // oneDNN adds only what has the type of its result.
      const torch::Tensor y = Convolve(x, /*relu=*/false, /*as_float=*/true);
      const double offset = static_cast<double>(of_sum.zero_point);
      return y.add_(sum.to(torch::kFloat).sub_(offset), of_sum.scale).relu_();
    }
    static const auto op = FindOperator<PointwiseSum>("onednn::qconv2d_pointwise", "binary");
    return op.call(x, quantisers_.input.scale, quantisers_.input.zero_point, weight_,
                   weight_scales_, weight_zero_points_, sum, bias_, stride_, padding_, dilation_, 1,
                   quantisers_.output.scale, quantisers_.output.zero_point, torch::kByte,
                   of_sum.scale, of_sum.zero_point, "sum", 1.0, "relu", PostOpScalars(), "");
  }

 private:
  torch::Tensor Convolve(const torch::Tensor& x, bool relu, bool as_float) const {
    static const auto op = FindOperator<Pointwise>("onednn::qconv2d_pointwise", "");
    const Quantiser result = as_float ? Quantiser{} : quantisers_.output;
    return op.call(x, quantisers_.input.scale, quantisers_.input.zero_point, weight_,
                   weight_scales_, weight_zero_points_, bias_, stride_, padding_, dilation_, 1,
                   result.scale, result.zero_point, as_float ? torch::kFloat : torch::kByte,
                   relu ? "relu" : "none", PostOpScalars(), "");
  }

  const ConvQuantisers quantisers_;
  const bool float_result_;
  torch::Tensor weight_, weight_scales_, weight_zero_points_;
  const torch::Tensor bias_;
  const torch::List<int64_t> stride_, padding_, dilation_ = {1, 1};
};

}  // namespace

PlannedConvPtr MakeQuantisedConv(const FoldedConv& conv, const ConvQuantisers& quantisers,
                                 bool float_result, at::IntArrayRef input_shape) {
  return std::make_unique<QuantisedConv>(conv, quantisers, float_result, input_shape);
}

}  // namespace fovea
