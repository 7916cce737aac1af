#include <gtest/gtest.h>

#include "common/torch/torch.h"
#include "server/model/plan/byte_tensors.h"
#include "server/model/plan/compile.h"
#include "server/model/plan/max_pool.h"
#include "server/model/plan/quantised_conv.h"
#include "server/model/state_dict.h"

namespace fovea {
namespace {

// Random weights under which every batch norm does something, as after training.
ResNet TrainedLooking(Architecture architecture) {
  ResNet network(architecture, 5);
  const torch::NoGradGuard no_grad;
  InitWeights(network, 7);
  torch::manual_seed(3);
  for (auto& [name, tensor] : StateDict(*network)) {
    if (name.find("running_mean") != std::string::npos) tensor.normal_(0, 0.1);
    if (name.find("running_var") != std::string::npos) tensor.uniform_(0.5, 1.5);
    if (tensor.dim() == 1 && name.find("weight") != std::string::npos) tensor.uniform_(0.3, 0.9);
    if (name.find("bias") != std::string::npos) tensor.normal_(0, 0.1);
  }
  network->eval();
  return network;
}

torch::Tensor Inputs(int64_t batch, int64_t side) {
  torch::manual_seed(static_cast<uint64_t>(batch * 1000 + side));
  return torch::randn({batch, 3, side, side}).contiguous(torch::MemoryFormat::ChannelsLast);
}

double RelativeDifference(const torch::Tensor& got, const torch::Tensor& want) {
  return ((got - want).abs().max() / want.abs().max()).item<double>();
}

class PlanTest : public testing::TestWithParam<Architecture> {
 protected:
  torch::Tensor Eager(const torch::Tensor& inputs) { return network_->forward(inputs); }
  torch::Tensor Planned(const ResNetPlan& plan, const torch::Tensor& inputs) {
    return plan.Logits(plan.Activations(inputs));
  }

  const torch::InferenceMode inference_mode_;
  ResNet network_ = TrainedLooking(GetParam());
};

TEST_P(PlanTest, Float32IsTheNetwork) {
  const auto plan = Compile(network_, torch::kCPU, {.crop_size = 96, .batch = 4});
  for (const int64_t side : {96, 33, 130}) {  // The last two are not what it was compiled for.
    for (const int64_t batch : {1, 4, 5}) {
      const torch::Tensor inputs = Inputs(batch, side);
      const torch::Tensor kept = inputs.clone();
      EXPECT_LT(RelativeDifference(Planned(*plan, inputs), Eager(inputs)), 1e-5);
      EXPECT_LT(RelativeDifference(plan->Activations(inputs), network_->activations(inputs)), 1e-5);
      EXPECT_TRUE(inputs.equal(kept)) << "the inputs were written to";
    }
  }
}

TEST_P(PlanTest, IsACopy) {
  const auto plan = Compile(network_, torch::kCPU, {.crop_size = 64, .batch = 1});
  const torch::Tensor inputs = Inputs(1, 64);
  const torch::Tensor before = Planned(*plan, inputs);
  for (torch::Tensor& parameter : network_->parameters()) parameter.zero_();
  EXPECT_TRUE(Planned(*plan, inputs).equal(before));
}

TEST_P(PlanTest, Bfloat16IsNear) {
  if (!SupportOf(torch::kCPU).bfloat16) GTEST_SKIP() << "this processor has no bfloat16";
  const auto plan = Compile(network_, torch::kCPU,
                            {.precision = Precision::kBfloat16, .crop_size = 96, .batch = 4});
  const torch::Tensor inputs = Inputs(4, 96);
  const torch::Tensor logits = Planned(*plan, inputs);
  EXPECT_EQ(logits.scalar_type(), torch::kFloat);
  const double difference = RelativeDifference(logits, Eager(inputs));
  EXPECT_LT(difference, 0.05);
  EXPECT_GT(difference, 1e-5) << "this was float32";
}

TEST_P(PlanTest, Int8IsNear) {
  if (!SupportOf(torch::kCPU).int8) GTEST_SKIP() << "this processor has no 8-bit vectors";
  PlanOptions options = {.precision = Precision::kInt8, .crop_size = 96, .batch = 4};
  options.quantisers = ChooseQuantisers(Fold(network_), {Inputs(8, 96), Inputs(7, 96)});
  const auto plan = Compile(network_, torch::kCPU, options);
  const torch::Tensor inputs = Inputs(4, 96);
  const torch::Tensor logits = Planned(*plan, inputs);
  EXPECT_EQ(logits.scalar_type(), torch::kFloat);
  const double difference = RelativeDifference(logits, Eager(inputs));
  EXPECT_LT(difference, 0.15);
  EXPECT_GT(difference, 1e-5) << "this was float32";
}

INSTANTIATE_TEST_SUITE_P(Architectures, PlanTest,
                         testing::Values(Architecture::kResNet18, Architecture::kResNet50));

TEST(RangeObserverTest, ValuesWithoutNegativesHaveZeroPointZero) {
  RangeObserver observer;
  observer.Observe(torch::linspace(0, 2, 1001));
  const Quantiser quantiser = observer.BestQuantiser();
  EXPECT_EQ(quantiser.zero_point, 0);
  EXPECT_NEAR(quantiser.scale * 255, 2, 0.05);
}

TEST(RangeObserverTest, ARareGiantIsCutOff) {
  RangeObserver observer;
  observer.Observe(torch::linspace(0, 1, 1000000));
  observer.Observe(torch::full({1}, 1.5));
  EXPECT_LT(observer.BestQuantiser().scale * 255, 1.4);
}

TEST(RangeObserverTest, BothSidesOfZero) {
  RangeObserver observer;
  observer.Observe(torch::linspace(-1, 3, 1001));
  const Quantiser quantiser = observer.BestQuantiser();
  EXPECT_NEAR(static_cast<double>(quantiser.zero_point), 64, 2);
  EXPECT_NEAR(quantiser.scale * 255, 4, 0.1);
}

TEST(MaxPoolAfterReluTest, IsTorchs) {
  for (const int64_t side : {1, 2, 5, 8, 9}) {
    for (const int64_t channels : {7, 37}) {
      for (const auto type : {torch::kByte, torch::kFloat, torch::kBFloat16}) {
        const torch::Tensor x = torch::randint(0, 256, {2, channels, side, side + 1}, torch::kByte)
                                    .contiguous(torch::MemoryFormat::ChannelsLast);
        const torch::Tensor pooled = MaxPoolAfterRelu(x.to(type));
        EXPECT_EQ(pooled.scalar_type(), type);
        EXPECT_TRUE(pooled.to(torch::kFloat).equal(ResNetPlan::MaxPool(x.to(torch::kFloat))))
            << side << " " << channels << " " << type;
      }
    }
  }
}

TEST(MaxPoolAfterReluTest, WhatIsNoNumberStaysSo) {
  torch::Tensor x =
      torch::ones({1, 9, 3, 3}).contiguous(torch::MemoryFormat::ChannelsLast);
  x.select(2, 1).select(2, 1).fill_(NAN);  // In the middle: seen by all four places.
  EXPECT_TRUE(MaxPoolAfterRelu(x).isnan().all().item<bool>());
}

TEST(QuantiseBytesTest, RoundsAndSaturates) {
  const torch::Tensor bytes =
      QuantiseBytes(torch::tensor({-10.0f, -0.9f, 0.0f, 0.4f, 0.6f, 10.0f, 1e30f}), {1.0, 1});
  EXPECT_TRUE(bytes.equal(torch::tensor({0, 0, 1, 1, 2, 11, 255}, torch::kByte))) << bytes;
}

TEST(QuantiseBytesTest, IsTorchsInTheMemoryOrderOfItsInput) {
  const torch::Tensor x =
      (100 * torch::randn({2, 3, 7, 5})).contiguous(torch::MemoryFormat::ChannelsLast);
  const torch::Tensor bytes = QuantiseBytes(x, {0.5, 100});
  EXPECT_TRUE(bytes.is_contiguous(torch::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(bytes.equal(x.mul(2).round().add(100).clamp(0, 255).to(torch::kByte)));
}

}  // namespace
}  // namespace fovea
