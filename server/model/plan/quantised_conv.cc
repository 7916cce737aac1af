#include "server/model/plan/quantised_conv.h"

#include <algorithm>
#include <cstring>

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

// The highest of up to 3 rows of up to 3 places of `channels` bytes each.
void PoolPlace(const uint8_t* image, int64_t side_y, int64_t side_x, int64_t channels, int64_t y,
               int64_t x, uint8_t* result) {
  std::memset(result, 0, static_cast<size_t>(channels));
  for (int64_t i = std::max<int64_t>(2 * y - 1, 0); i < std::min(2 * y + 2, side_y); ++i) {
    for (int64_t j = std::max<int64_t>(2 * x - 1, 0); j < std::min(2 * x + 2, side_x); ++j) {
      const uint8_t* place = image + (i * side_x + j) * channels;
      for (int64_t c = 0; c < channels; ++c) result[c] = std::max(result[c], place[c]);
    }
  }
}

}  // namespace

PlannedConvPtr MakeQuantisedConv(const FoldedConv& conv, const ConvQuantisers& quantisers,
                                 bool float_result, at::IntArrayRef input_shape) {
  return std::make_unique<QuantisedConv>(conv, quantisers, float_result, input_shape);
}

torch::Tensor QuantiseBytes(const torch::Tensor& x, const Quantiser& quantiser) {
  return torch::round(x * (1 / quantiser.scale))
      .add_(static_cast<double>(quantiser.zero_point))
      .clamp_(0, 255)
      .to(torch::kByte);
}

torch::Tensor MaxPoolBytes(const torch::Tensor& x) {
  const int64_t images = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
  const int64_t rows = (height + 1) / 2, columns = (width + 1) / 2;
  torch::Tensor pooled = torch::empty({images, channels, rows, columns},
                                      x.options().memory_format(at::MemoryFormat::ChannelsLast));
  const uint8_t* from = x.const_data_ptr<uint8_t>();
  uint8_t* to = pooled.mutable_data_ptr<uint8_t>();
  at::parallel_for(0, images * rows, 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const uint8_t* image = from + row / rows * height * width * channels;
      for (int64_t column = 0; column < columns; ++column) {
        PoolPlace(image, height, width, channels, row % rows, column,
                  to + (row * columns + column) * channels);
      }
    }
  });
  return pooled;
}

}  // namespace fovea
