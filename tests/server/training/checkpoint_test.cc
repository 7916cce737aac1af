#include "server/training/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/model/state_dict.h"
#include "server/training/step.h"

namespace fovea {
namespace {

using testing::ElementsAre;

const CheckpointKey kKey = {"options", "data set", "preprocessing", "photographs"};

TrainState NewState(uint64_t seed) {
  TrainState state;
  state.model = ResNet(Architecture::kResNet18, 3);
  InitWeights(state.model, seed);
  state.phase = Phase::kFull;
  state.optimiser = MakeOptimiser(state.model, state.phase, {});
  return state;
}

TEST(CheckpointTest, EverythingThatMovesComesBack) {
  TrainState state = NewState(1);
  state.position = {4, 17};
  state.meter = {1.0 / 3, 272, 101};
  state.train_seconds = 12.34;
  state.best = {3, 0.7 / 3, "abc", {5, 1, 0, 2}};
  state.highest_kappa = 0.1 + 0.2;
  state.stale_epochs = 6;
  const absl::StatusOr<std::string> file = EncodeCheckpoint(state, kKey);
  ASSERT_TRUE(file.ok()) << file.status();

  TrainState back = NewState(2);
  const absl::Status decoded = DecodeCheckpoint(*file, kKey, {}, &back);
  ASSERT_TRUE(decoded.ok()) << decoded;
  EXPECT_EQ(back.phase, Phase::kFull);
  EXPECT_EQ(back.position, state.position);
  EXPECT_EQ(back.meter.loss_sum, state.meter.loss_sum);
  EXPECT_EQ(back.meter.images, 272);
  EXPECT_EQ(back.meter.correct, 101);
  EXPECT_EQ(back.train_seconds, 12.34);
  EXPECT_EQ(back.best.epoch, 3);
  EXPECT_EQ(back.best.score, state.best.score);
  EXPECT_EQ(back.best.weights_sha256, "abc");
  EXPECT_THAT(back.best.confusion, ElementsAre(5, 1, 0, 2));
  EXPECT_EQ(back.highest_kappa, state.highest_kappa);
  EXPECT_EQ(back.stale_epochs, 6);
  const NamedTensors weights = StateDict(*back.model);
  for (const auto& [name, tensor] : StateDict(*state.model)) {
    EXPECT_TRUE(tensor.equal(weights.at(name))) << name;
  }
}

// A state before the first epoch, which has neither a best one nor a kappa before it.
TEST(CheckpointTest, ComesBackForItsKeyAloneAndUndamaged) {
  const std::string file = EncodeCheckpoint(NewState(1), kKey).value();
  TrainState back = NewState(2);
  CheckpointKey key = kKey;
  key.photographs_digest = "with a validation part";
  EXPECT_TRUE(absl::IsFailedPrecondition(DecodeCheckpoint(file, key, {}, &back)));
  back.highest_kappa = 1;
  back.stale_epochs = 1;
  ASSERT_TRUE(DecodeCheckpoint(file, kKey, {}, &back).ok());
  EXPECT_EQ(back.best.epoch, 0);
  EXPECT_EQ(back.highest_kappa, TrainState().highest_kappa);
  EXPECT_EQ(back.stale_epochs, 0);
  std::string damaged = file;
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
  EXPECT_TRUE(absl::IsDataLoss(DecodeCheckpoint(damaged, kKey, {}, &back)));
}

}  // namespace
}  // namespace fovea
