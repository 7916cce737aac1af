// A ResNet compiled for inference. Includes Torch.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "common/torch/torch.h"
#include "server/model/plan/folded_resnet.h"
#include "server/model/plan/planned_conv.h"

namespace fovea {

// Immutable, so thread-safe. Throws Torch's exceptions.
class ResNetPlan {
 public:
  // Where a convolution stands. Convolutions are numbered in the order in which they are made:
  // stem, then of each block the shortcut, if there is one, and the others.
  struct Place {
    std::vector<int64_t> input_shape;  // [N, in, H, W]
    int index = 0;
    int input_from = -1;  // Whose result its input is, maybe pooled; -1: the network's input.
    int sum_from = -1;    // Whose result RunAddRelu adds; -1: Run is called instead.
    bool last = false;    // Its result must be float32, in any case: it goes to the last layer.
  };
  using MakeConv = std::function<PlannedConvPtr(const FoldedConv& conv, const Place& place)>;
  // The max pooling behind the stem.
  using Pool = std::function<torch::Tensor(const torch::Tensor&)>;

  // For inputs of `input_shape` [N, 3, H, W]; other N, H and W work too, maybe slower.
  ResNetPlan(const FoldedResNet& network, std::vector<int64_t> input_shape,
             const MakeConv& make_conv, Pool pool = MaxPool);

  static torch::Tensor MaxPool(const torch::Tensor& x);

  // The output of layer4, float [N, features, h, w], of float inputs [N, 3, H, W] in channels_last.
  torch::Tensor Activations(const torch::Tensor& inputs) const;
  // Their mean over all positions, [N, features]: what the last layer sees.
  static torch::Tensor Features(const torch::Tensor& activations);
  // Float [N, classes], of activations.
  torch::Tensor Logits(const torch::Tensor& activations) const;
  // Float [classes, features], of the last layer.
  const torch::Tensor& fc_weight() const { return fc_weight_; }

 private:
  struct Block {
    PlannedConvPtr shortcut;  // Null: the input itself.
    std::vector<PlannedConvPtr> convs;
  };

  PlannedConvPtr stem_;
  Pool pool_;
  std::vector<Block> blocks_;
  torch::Tensor fc_weight_, fc_bias_;
};

}  // namespace fovea
