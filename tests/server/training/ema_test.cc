#include "server/training/ema.h"

#include <gtest/gtest.h>

#include "server/model/state_dict.h"

namespace fovea {
namespace {

class EmaTest : public testing::Test {
 protected:
  EmaTest() : model_(Architecture::kResNet18, 2) {
    InitWeights(model_, 1);
    Fill("fc.bias", 1);
    Fill("bn1.running_mean", 8);
    average_ = CopyOf(model_).value();
  }

  torch::Tensor Of(ResNet& model, const std::string& name) {
    return StateDict(*model).at(name).detach();
  }
  void Fill(const std::string& name, double value) { Of(model_, name).fill_(value); }
  float Average(const std::string& name) { return Of(average_, name).flatten()[0].item<float>(); }

  ResNet model_;
  ResNet average_{nullptr};
};

TEST_F(EmaTest, TwoStepsByHand) {
  Fill("fc.bias", 2);
  Fill("bn1.running_mean", 4);
  MoveAverage(model_, 0.75, average_);
  EXPECT_FLOAT_EQ(Average("fc.bias"), 0.75f * 1 + 0.25f * 2);
  EXPECT_FLOAT_EQ(Average("bn1.running_mean"), 7);
  Fill("fc.bias", 5);
  MoveAverage(model_, 0.75, average_);
  EXPECT_FLOAT_EQ(Average("fc.bias"), 0.75f * 1.25f + 0.25f * 5);
  EXPECT_FLOAT_EQ(Average("bn1.running_mean"), 0.75f * 7 + 0.25f * 4);
}

TEST_F(EmaTest, CountersAreThoseOfTheLastStep) {
  Of(model_, "bn1.num_batches_tracked").fill_(7);
  MoveAverage(model_, 0.75, average_);
  EXPECT_EQ(Of(average_, "bn1.num_batches_tracked").item<int64_t>(), 7);
}

TEST_F(EmaTest, TheNetworkIsLeftAlone) {
  Of(average_, "fc.bias").fill_(3);
  EXPECT_EQ(Of(model_, "fc.bias")[0].item<float>(), 1);
  MoveAverage(model_, 0.5, average_);
  EXPECT_EQ(Of(model_, "fc.bias")[0].item<float>(), 1);
}

// tf.train.ExponentialMovingAverage(decay, num_updates=step).
TEST(WarmedUpDecayTest, RisesToTheDecay) {
  EXPECT_DOUBLE_EQ(WarmedUpDecay(0.99, 0), 1.0 / 10);
  EXPECT_DOUBLE_EQ(WarmedUpDecay(0.99, 1), 2.0 / 11);
  EXPECT_DOUBLE_EQ(WarmedUpDecay(0.99, 90), 91.0 / 100);
  EXPECT_LT(WarmedUpDecay(0.99, 889), 0.99);
  EXPECT_DOUBLE_EQ(WarmedUpDecay(0.99, 891), 0.99);
  EXPECT_EQ(WarmedUpDecay(0.99, int64_t{1} << 40), 0.99);
  EXPECT_EQ(WarmedUpDecay(0.05, 0), 0.05);  // Never above what was asked for.
}

}  // namespace
}  // namespace fovea
