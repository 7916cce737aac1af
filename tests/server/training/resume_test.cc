// Attempts that go on from a checkpoint.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/training/checkpoint_files.h"
#include "tests/server/training/attempt_fixture.h"

namespace fovea {
namespace {

using testing::HasSubstr;

class ResumeTest : public AttemptTest {
 protected:
  // After a drain in the middle of an epoch the job ends with the weights and figures of a whole
  // one.
  void ExpectGoesOn();
};

void ExpectSameEpoch(const EpochFinished& a, const EpochFinished& b) {
  EXPECT_EQ(a.epoch, b.epoch);
  EXPECT_EQ(a.train.loss, b.train.loss);
  EXPECT_EQ(a.train.accuracy, b.train.accuracy);
  EXPECT_EQ(a.test.loss, b.test.loss);
  EXPECT_EQ(a.test_confusion, b.test_confusion);
  EXPECT_EQ(a.best, b.best);
  ASSERT_EQ(a.validation.has_value(), b.validation.has_value());
  if (!a.validation.has_value()) return;
  EXPECT_EQ(a.validation->loss, b.validation->loss);
  EXPECT_EQ(a.validation->accuracy, b.validation->accuracy);
  EXPECT_EQ(a.validation_kappa, b.validation_kappa);
}

void ResumeTest::ExpectGoesOn() {
  RecordingSink whole;
  ASSERT_EQ(RunAttempt(attempt_, stop_, &whole).kind, Outcome::Kind::kSucceeded);

  const Attempt interrupted = Elsewhere("interrupted");
  StopSignal drain;
  RecordingSink first([&drain](const TrainingEvent& event) {
    // The first progress of the second epoch, or its beginning where it was throttled away.
    if (std::holds_alternative<StepProgress>(event)) drain.Request(StopSignal::Kind::kDrain);
  });
  ASSERT_EQ(RunAttempt(interrupted, drain, &first).kind, Outcome::Kind::kDrained);
  const std::vector<CheckpointSaved> saved = first.Of<CheckpointSaved>();
  ASSERT_FALSE(saved.empty());
  EXPECT_GT(saved.back().step, 0);

  RecordingSink second;
  ASSERT_EQ(RunAttempt(interrupted, stop_, &second).kind, Outcome::Kind::kSucceeded);
  EXPECT_EQ(second.Of<TrainingStarted>()[0].resumed_step, saved.back().step);
  EXPECT_EQ(StagedManifest(attempt_).weights_sha256, StagedManifest(interrupted).weights_sha256);
  EXPECT_EQ(Staged(attempt_, "evaluation.csv"), Staged(interrupted, "evaluation.csv"));
  const std::vector<EpochFinished> a = whole.Of<EpochFinished>();
  const std::vector<EpochFinished> b = second.Of<EpochFinished>();
  ASSERT_EQ(b.size(), 2u);
  for (size_t i = 0; i < 2; ++i) ExpectSameEpoch(a[i], b[i]);
}

TEST_F(ResumeTest, GoesOnBitForBitAfterADrainInTheMiddleOfAnEpoch) { ExpectGoesOn(); }

// The backbone is compiled anew.
TEST_F(ResumeTest, GoesOnBitForBitWithAFrozenBackbone) {
  attempt_.options.recipe.head_batch_norm_moves = false;
  attempt_.options.recipe.head_epochs = 2;
  ExpectGoesOn();
}

TEST_F(ResumeTest, GoesOnBitForBitWithAllPartsOfARecipe) {
  RecipeOptions& recipe = attempt_.options.recipe;
  recipe.precision = TrainingPrecision::kMixed;
  recipe.learning_rate_schedule = LearningRateSchedule::kCosine;
  recipe.warmup_epochs = 0.5;
  recipe.backbone_learning_rate_scale = 0.3;
  recipe.label_smoothing = 0.1;
  recipe.sampling = Sampling::kClassBalanced;
  recipe.ema_decay = 0.8;
  recipe.augmentation.rotation_degrees = 180;
  recipe.augmentation.scale_jitter = 0.1;
  recipe.augmentation.brightness_jitter = 0.2;
  recipe.validation_share = 0.34;
  recipe.best_epoch = BestEpochBy::kValidationKappa;
  recipe.early_stopping_patience = 5;
  recipe.target = Target::kOrdinal;
  ExpectGoesOn();
}

TEST_F(ResumeTest, FallsBackToTheCheckpointBeforeADamagedOne) {
  RecordingSink first;
  ASSERT_EQ(RunAttempt(attempt_, stop_, &first).kind, Outcome::Kind::kSucceeded);
  const std::string sha256 = StagedManifest(attempt_).weights_sha256;
  const CheckpointFile last = ListCheckpoints(JoinPath(attempt_.job_dir, "checkpoints"))[0];
  std::string content = ReadFile(last.path).value();
  content[content.size() / 2] = static_cast<char>(content[content.size() / 2] ^ 1);
  ASSERT_TRUE(WriteFileAtomic(last.path, content).ok());

  RecordingSink second;
  ASSERT_EQ(RunAttempt(attempt_, stop_, &second).kind, Outcome::Kind::kSucceeded);
  ASSERT_EQ(second.Of<Warning>().size(), 1u);
  EXPECT_THAT(second.Of<Warning>()[0].message, HasSubstr("SHA-256"));
  EXPECT_EQ(second.Of<TrainingStarted>()[0].resumed_epoch, 1);
  EXPECT_EQ(StagedManifest(attempt_).weights_sha256, sha256);
  ExpectSameEpoch(second.Of<EpochFinished>()[0], first.Of<EpochFinished>()[1]);
}

}  // namespace
}  // namespace fovea
