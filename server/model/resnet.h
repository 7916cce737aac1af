// ResNet18 and ResNet50 with torchvision's names of parameters and buffers. Includes Torch.
#pragma once

#include <cstdint>

#include "common/torch/torch.h"
#include "server/model/architecture.h"

namespace fovea {

// Two 3x3 convolutions and a way past them (ResNet18).
class BasicBlockImpl : public torch::nn::Module {
 public:
  static constexpr int64_t kExpansion = 1;

  BasicBlockImpl(int64_t in_channels, int64_t channels, int64_t stride);
  torch::Tensor forward(torch::Tensor x);

 private:
  torch::nn::Conv2d conv1, conv2;
  torch::nn::BatchNorm2d bn1, bn2;
  torch::nn::Sequential downsample{nullptr};  // Null where the shapes agree.
};
TORCH_MODULE(BasicBlock);

// 1x1, 3x3, 1x1 and a way past them (ResNet50); the stride is in the 3x3, as in torchvision
// ("ResNet V1.5").
class BottleneckImpl : public torch::nn::Module {
 public:
  static constexpr int64_t kExpansion = 4;

  BottleneckImpl(int64_t in_channels, int64_t channels, int64_t stride);
  torch::Tensor forward(torch::Tensor x);

 private:
  torch::nn::Conv2d conv1, conv2, conv3;
  torch::nn::BatchNorm2d bn1, bn2, bn3;
  torch::nn::Sequential downsample{nullptr};
};
TORCH_MODULE(Bottleneck);

// The network. Inputs are float [N, 3, H, W], in channels_last memory for speed (the weights are);
// any H and W from 32. Not thread-safe while it trains; in eval mode and under InferenceMode
// several threads may call forward. Throws Torch's exceptions.
class ResNetImpl : public torch::nn::Module {
 public:
  // num_classes >= 2. The weights are not ready before InitWeights or a load.
  ResNetImpl(Architecture architecture, int64_t num_classes);

  // Logits [N, num_classes].
  torch::Tensor forward(torch::Tensor x);

  // What the last layer sees, [N, feature_size()]: average-pooled activations of layer4.
  torch::Tensor features(torch::Tensor x) { return Pool(activations(std::move(x))); }

  // The output of layer4, [N, feature_size(), h, w]; h and w are a 32nd of H and W, rounded up.
  torch::Tensor activations(torch::Tensor x);

  // From these to features: their mean over all positions.
  static torch::Tensor Pool(const torch::Tensor& activations);

  Architecture architecture() const { return architecture_; }
  int64_t feature_size() const { return fc->options.in_features(); }
  int64_t num_classes() const { return fc->options.out_features(); }

 private:
  template <typename Block>
  torch::nn::Sequential MakeLayer(int64_t channels, int64_t blocks, int64_t stride);

  Architecture architecture_;
  int64_t in_channels_ = 64;  // Of the next block while the constructor runs.
  torch::nn::Conv2d conv1;
  torch::nn::BatchNorm2d bn1;
  torch::nn::Sequential layer1{nullptr}, layer2{nullptr}, layer3{nullptr}, layer4{nullptr};

 public:
  torch::nn::Linear fc{nullptr};  // The last layer.
};
TORCH_MODULE(ResNet);

// 512 for ResNet18, 2048 for ResNet50.
int64_t FeatureSize(Architecture architecture);

// Draws all weights as torchvision does (convolutions: normal, Kaiming fan-out; batch norms: 1 and
// 0, statistics reset; fc: uniform in +-1/sqrt(features)). The same seed gives the same weights on
// every device; no global random state is read or changed.
void InitWeights(ResNet& model, uint64_t seed);

}  // namespace fovea
