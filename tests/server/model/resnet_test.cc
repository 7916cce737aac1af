#include "server/model/resnet.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace fovea {
namespace {

int64_t CountParameters(const ResNet& model) {
  int64_t count = 0;
  for (const torch::Tensor& parameter : model->parameters()) count += parameter.numel();
  return count;
}

bool SameWeights(const ResNet& a, const ResNet& b) {
  const auto pa = a->named_parameters();
  const auto pb = b->named_parameters();
  for (const auto& item : pa) {
    if (!torch::equal(item.value(), pb[item.key()])) return false;
  }
  return true;
}

TEST(ResNetTest, HasTheSizesOfTheReferenceNetworks) {
  EXPECT_EQ(CountParameters(ResNet(Architecture::kResNet18, 1000)), 11'689'512);
  EXPECT_EQ(CountParameters(ResNet(Architecture::kResNet50, 1000)), 25'557'032);
  EXPECT_EQ(ResNet(Architecture::kResNet18, 5)->parameters().size(), 62u);
  EXPECT_EQ(ResNet(Architecture::kResNet50, 5)->parameters().size(), 161u);
}

TEST(ResNetTest, ForwardGivesLogitsAndFeaturesFeedTheLastLayer) {
  for (const Architecture architecture : {Architecture::kResNet18, Architecture::kResNet50}) {
    ResNet model(architecture, 7);
    InitWeights(model, 1);
    model->eval();
    const torch::NoGradGuard no_grad;
    const torch::Tensor x = torch::ones({2, 3, 64, 96}).contiguous(at::MemoryFormat::ChannelsLast);
    const torch::Tensor features = model->features(x);
    EXPECT_EQ(features.sizes(), at::IntArrayRef({2, FeatureSize(architecture)}));
    EXPECT_EQ(model->feature_size(), FeatureSize(architecture));
    EXPECT_EQ(model->num_classes(), 7);
    EXPECT_TRUE(torch::equal(model->fc(features), model->forward(x)));
  }
}

TEST(ResNetTest, ConvolutionWeightsAreChannelsLast) {
  ResNet model(Architecture::kResNet18, 5);
  InitWeights(model, 1);
  for (const torch::Tensor& parameter : model->parameters()) {
    if (parameter.dim() != 4) continue;
    EXPECT_TRUE(parameter.is_contiguous(at::MemoryFormat::ChannelsLast));
    EXPECT_TRUE(parameter.requires_grad());
    EXPECT_TRUE(parameter.is_leaf());
  }
}

TEST(ResNetTest, WeightsAreAFunctionOfTheSeedAlone) {
  ResNet a(Architecture::kResNet18, 5), b(Architecture::kResNet18, 5),
      c(Architecture::kResNet18, 5);
  InitWeights(a, 7);
  torch::manual_seed(99);
  const torch::Tensor before = torch::rand({1});
  torch::manual_seed(99);
  InitWeights(b, 7);
  EXPECT_TRUE(torch::equal(before, torch::rand({1}))) << "the global generator was used";
  InitWeights(c, 8);
  EXPECT_TRUE(SameWeights(a, b));
  EXPECT_FALSE(SameWeights(a, c));
}

TEST(ResNetTest, InitialWeightsHaveTorchvisionsDistributions) {
  ResNet model(Architecture::kResNet50, 5);
  InitWeights(model, 3);
  for (const auto& item : model->named_parameters()) {
    const torch::Tensor& w = item.value();
    if (w.dim() == 4) {
      const double expected =
          std::sqrt(2.0 / static_cast<double>(w.size(0) * w.size(2) * w.size(3)));
      const double n = static_cast<double>(w.numel());
      EXPECT_NEAR(w.std().item<double>() / expected, 1.0, 5.0 / std::sqrt(2 * n)) << item.key();
      EXPECT_NEAR(w.mean().item<double>() / expected, 0.0, 5.0 / std::sqrt(n)) << item.key();
    } else if (item.key() == "fc.weight" || item.key() == "fc.bias") {
      EXPECT_LE(w.abs().max().item<double>(), 1.0 / std::sqrt(2048.0)) << item.key();
      EXPECT_GT(w.abs().max().item<double>(), 0.0) << item.key();
    } else {
      const double expected = item.key().ends_with(".weight") ? 1.0 : 0.0;
      EXPECT_TRUE((w == expected).all().item<bool>()) << item.key();
    }
  }
  EXPECT_NEAR(model->fc->weight.std().item<double>() * std::sqrt(2048.0), 1 / std::sqrt(3.0), 0.01);
}

}  // namespace
}  // namespace fovea
