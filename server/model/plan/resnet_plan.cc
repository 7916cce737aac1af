#include "server/model/plan/resnet_plan.h"

#include <utility>

namespace fovea {
namespace {

constexpr int64_t kPoolKernel = 3, kPoolStride = 2, kPoolPadding = 1;

int64_t SideAfter(int64_t side, int64_t kernel, int64_t stride, int64_t padding) {
  return (side + 2 * padding - kernel) / stride + 1;
}

std::vector<int64_t> ShapeAfter(const std::vector<int64_t>& shape, const FoldedConv& conv) {
  const int64_t kernel = conv.weight.size(2);
  return {shape[0], conv.weight.size(0), SideAfter(shape[2], kernel, conv.stride, conv.padding),
          SideAfter(shape[3], kernel, conv.stride, conv.padding)};
}

}  // namespace

ResNetPlan::ResNetPlan(const FoldedResNet& network, std::vector<int64_t> shape,
                       const MakeConv& make_conv, Pool pool)
    : pool_(std::move(pool)), fc_weight_(network.fc_weight), fc_bias_(network.fc_bias) {
  int made = 0;
  stem_ = make_conv(network.stem, {.input_shape = shape});
  shape = ShapeAfter(shape, network.stem);
  shape[2] = SideAfter(shape[2], kPoolKernel, kPoolStride, kPoolPadding);
  shape[3] = SideAfter(shape[3], kPoolKernel, kPoolStride, kPoolPadding);
  for (const FoldedBlock& folded : network.blocks) {
    const int block_input = made;
    Block block;
    int sum_from = block_input;
    if (folded.shortcut) {
      sum_from = ++made;
      block.shortcut = make_conv(*folded.shortcut,
                                 {.input_shape = shape, .index = made, .input_from = block_input});
    }
    int input_from = block_input;
    for (const FoldedConv& conv : folded.convs) {
      const bool adds = &conv == &folded.convs.back();
      Place place = {.input_shape = shape, .index = ++made, .input_from = input_from};
      if (adds) place.sum_from = sum_from;
      place.last = adds && &folded == &network.blocks.back();
      block.convs.push_back(make_conv(conv, place));
      shape = ShapeAfter(shape, conv);
      input_from = made;
    }
    blocks_.push_back(std::move(block));
  }
}

torch::Tensor ResNetPlan::MaxPool(const torch::Tensor& x) {
  return torch::max_pool2d(x, kPoolKernel, kPoolStride, kPoolPadding);
}

torch::Tensor ResNetPlan::Activations(const torch::Tensor& inputs) const {
  torch::Tensor x = stem_->Run(inputs, /*relu=*/true);
  x = pool_(x);
  for (const Block& block : blocks_) {
    torch::Tensor sum = block.shortcut ? block.shortcut->Run(x, /*relu=*/false) : x;
    for (size_t i = 0; i + 1 < block.convs.size(); ++i) {
      x = block.convs[i]->Run(x, /*relu=*/true);
    }
    x = block.convs.back()->RunAddRelu(x, std::move(sum));
  }
  return x;
}

torch::Tensor ResNetPlan::Features(const torch::Tensor& activations) {
  return activations.mean({2, 3});
}

torch::Tensor ResNetPlan::Logits(const torch::Tensor& activations) const {
  return torch::linear(Features(activations), fc_weight_, fc_bias_);
}

}  // namespace fovea
