// A ResNet as plain convolutions: batch normalisation is folded into them. Includes Torch.
#pragma once

#include <optional>
#include <vector>

#include "common/torch/torch.h"
#include "server/model/resnet.h"

namespace fovea {

// y = weight * x + bias. Square kernel, no groups, no dilation.
struct FoldedConv {
  torch::Tensor weight;  // float [out, in, k, k], channels_last, on the CPU.
  torch::Tensor bias;    // float [out]
  int64_t stride = 1;
  int64_t padding = 0;
};

// The convolutions of a residual block, one after the other, each but the last followed by ReLU.
// What comes out is added to the input, or to its shortcut convolution, and ReLU follows.
struct FoldedBlock {
  std::vector<FoldedConv> convs;
  std::optional<FoldedConv> shortcut;
};

// What the network in eval mode computes: stem with ReLU, max pooling 3x3 with stride 2, the
// blocks, mean over all positions, last layer.
struct FoldedResNet {
  FoldedConv stem;
  std::vector<FoldedBlock> blocks;
  torch::Tensor fc_weight;  // float [classes, features]
  torch::Tensor fc_bias;    // float [classes]
};

// With running statistics m, v and parameters g, b of the batch norm behind a convolution of weight
// w: weight = w * g / sqrt(v + eps), bias = b - m * g / sqrt(v + eps), in double precision. Copies:
// the network may change afterwards. Throws Torch's exceptions.
FoldedResNet Fold(const ResNet& network);

}  // namespace fovea
