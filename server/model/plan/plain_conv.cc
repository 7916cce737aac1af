#include "server/model/plan/plain_conv.h"

namespace fovea {
namespace {

class PlainConv : public PlannedConv {
 public:
  PlainConv(const FoldedConv& conv, at::ScalarType type, torch::Device device)
      : weight_(conv.weight.to(device, type)),
        bias_(conv.bias.to(device, type)),
        stride_(conv.stride),
        padding_(conv.padding) {}

  torch::Tensor Run(const torch::Tensor& x, bool relu) const override {
    torch::Tensor y = Convolve(x);
    return relu ? y.relu_() : y;
  }

  torch::Tensor RunAddRelu(const torch::Tensor& x, torch::Tensor sum) const override {
    return Convolve(x).add_(sum).relu_();
  }

 private:
  torch::Tensor Convolve(const torch::Tensor& x) const {
    return at::conv2d(x, weight_, bias_, stride_, padding_);
  }

  const torch::Tensor weight_, bias_;
  const int64_t stride_, padding_;
};

}  // namespace

PlannedConvPtr MakePlainConv(const FoldedConv& conv, at::ScalarType type, torch::Device device) {
  return std::make_unique<PlainConv>(conv, type, device);
}

}  // namespace fovea
