#include "server/model/resnet.h"

#include <cmath>

#include <ATen/CPUGeneratorImpl.h>

#include "server/model/norm_relu.h"

namespace fovea {
namespace {

torch::nn::Conv2d Conv(int64_t in, int64_t out, int64_t kernel, int64_t stride) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel)
                               .stride(stride)
                               .padding(kernel / 2)
                               .bias(false));
}

// The way past a block where it changes the shape; null where it does not.
torch::nn::Sequential Downsample(int64_t in, int64_t out, int64_t stride) {
  if (stride == 1 && in == out) return nullptr;
  return torch::nn::Sequential(Conv(in, out, 1, stride), torch::nn::BatchNorm2d(out));
}

// What a block's result is added to.
torch::Tensor Shortcut(torch::nn::Sequential& downsample, const torch::Tensor& x) {
  if (downsample.is_empty()) return x;
  auto& conv = *downsample[0]->as<torch::nn::Conv2dImpl>();
  auto& norm = *downsample[1]->as<torch::nn::BatchNorm2dImpl>();
  return Norm(norm, conv.forward(x));
}

// Draws on the CPU in the order of the logical shape, whatever the memory format and device.
void FillUniform(torch::Tensor& tensor, double bound, at::Generator& generator) {
  tensor.copy_(torch::empty(tensor.sizes()).uniform_(-bound, bound, generator));
}

void FillNormal(torch::Tensor& tensor, double std, at::Generator& generator) {
  tensor.copy_(torch::empty(tensor.sizes()).normal_(0.0, std, generator));
}

void InitModule(torch::nn::Module& module, at::Generator& generator) {
  if (auto* conv = module.as<torch::nn::Conv2dImpl>()) {
    const torch::Tensor& w = conv->weight;
    const double fan_out = static_cast<double>(w.size(0) * w.size(2) * w.size(3));
    FillNormal(conv->weight, std::sqrt(2.0 / fan_out), generator);
  } else if (auto* norm = module.as<torch::nn::BatchNorm2dImpl>()) {
    norm->reset_running_stats();
    norm->weight.fill_(1.0);
    norm->bias.fill_(0.0);
  } else if (auto* linear = module.as<torch::nn::LinearImpl>()) {
    const double bound = 1.0 / std::sqrt(static_cast<double>(linear->weight.size(1)));
    FillUniform(linear->weight, bound, generator);
    FillUniform(linear->bias, bound, generator);
  }
}

}  // namespace

BasicBlockImpl::BasicBlockImpl(int64_t in_channels, int64_t channels, int64_t stride)
    : conv1(Conv(in_channels, channels, 3, stride)),
      conv2(Conv(channels, channels, 3, 1)),
      bn1(channels),
      bn2(channels) {
  register_module("conv1", conv1);
  register_module("bn1", bn1);
  register_module("conv2", conv2);
  register_module("bn2", bn2);
  downsample = Downsample(in_channels, channels * kExpansion, stride);
  if (!downsample.is_empty()) register_module("downsample", downsample);
}

torch::Tensor BasicBlockImpl::forward(torch::Tensor x) {
  const torch::Tensor y = conv2(NormRelu(*bn1, conv1(x)));
  return NormAddRelu(*bn2, y, Shortcut(downsample, x));
}

BottleneckImpl::BottleneckImpl(int64_t in_channels, int64_t channels, int64_t stride)
    : conv1(Conv(in_channels, channels, 1, 1)),
      conv2(Conv(channels, channels, 3, stride)),
      conv3(Conv(channels, channels * kExpansion, 1, 1)),
      bn1(channels),
      bn2(channels),
      bn3(channels * kExpansion) {
  register_module("conv1", conv1);
  register_module("bn1", bn1);
  register_module("conv2", conv2);
  register_module("bn2", bn2);
  register_module("conv3", conv3);
  register_module("bn3", bn3);
  downsample = Downsample(in_channels, channels * kExpansion, stride);
  if (!downsample.is_empty()) register_module("downsample", downsample);
}

torch::Tensor BottleneckImpl::forward(torch::Tensor x) {
  torch::Tensor y = conv2(NormRelu(*bn1, conv1(x)));
  y = conv3(NormRelu(*bn2, y));
  return NormAddRelu(*bn3, y, Shortcut(downsample, x));
}

ResNetImpl::ResNetImpl(Architecture architecture, int64_t num_classes)
    : architecture_(architecture),
      conv1(torch::nn::Conv2dOptions(3, 64, 7).stride(2).padding(3).bias(false)),
      bn1(64) {
  register_module("conv1", conv1);
  register_module("bn1", bn1);
  if (architecture == Architecture::kResNet18) {
    layer1 = register_module("layer1", MakeLayer<BasicBlock>(64, 2, 1));
    layer2 = register_module("layer2", MakeLayer<BasicBlock>(128, 2, 2));
    layer3 = register_module("layer3", MakeLayer<BasicBlock>(256, 2, 2));
    layer4 = register_module("layer4", MakeLayer<BasicBlock>(512, 2, 2));
  } else {
    layer1 = register_module("layer1", MakeLayer<Bottleneck>(64, 3, 1));
    layer2 = register_module("layer2", MakeLayer<Bottleneck>(128, 4, 2));
    layer3 = register_module("layer3", MakeLayer<Bottleneck>(256, 6, 2));
    layer4 = register_module("layer4", MakeLayer<Bottleneck>(512, 3, 2));
  }
  fc = register_module("fc", torch::nn::Linear(in_channels_, num_classes));
  for (torch::Tensor& parameter : parameters()) {
    if (parameter.dim() != 4) continue;
    parameter.set_data(parameter.detach().contiguous(torch::MemoryFormat::ChannelsLast));
  }
}

template <typename Block>
torch::nn::Sequential ResNetImpl::MakeLayer(int64_t channels, int64_t blocks, int64_t stride) {
  torch::nn::Sequential layer;
  for (int64_t i = 0; i < blocks; ++i) {
    layer->push_back(Block(in_channels_, channels, i == 0 ? stride : 1));
    in_channels_ = channels * Block::Impl::kExpansion;
  }
  return layer;
}

torch::Tensor ResNetImpl::activations(torch::Tensor x) {
  x = NormRelu(*bn1, conv1(x));
  x = torch::max_pool2d(x, /*kernel_size=*/3, /*stride=*/2, /*padding=*/1);
  x = layer1->forward(x);
  x = layer2->forward(x);
  x = layer3->forward(x);
  return layer4->forward(x);
}

torch::Tensor ResNetImpl::Pool(const torch::Tensor& activations) {
  return torch::flatten(torch::adaptive_avg_pool2d(activations, {1, 1}), 1);
}

torch::Tensor ResNetImpl::forward(torch::Tensor x) { return fc(features(std::move(x))); }

int64_t FeatureSize(Architecture architecture) {
  return architecture == Architecture::kResNet18 ? 512 : 2048;
}

void InitWeights(ResNet& model, uint64_t seed) {
  const torch::NoGradGuard no_grad;
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  for (const std::shared_ptr<torch::nn::Module>& module : model->modules()) {
    InitModule(*module, generator);
  }
}

}  // namespace fovea
