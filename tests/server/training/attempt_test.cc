#include "server/training/attempt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <cmath>
#include <filesystem>

#include "absl/strings/str_split.h"
#include "common/torch/torch.h"
#include "server/training/checkpoint_files.h"
#include "tests/server/training/attempt_fixture.h"

namespace fovea {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(AttemptTest, TrainsBothPhasesAndStagesTheBestEpoch) {
  RecordingSink sink;
  const Outcome outcome = RunAttempt(attempt_, stop_, &sink);
  ASSERT_EQ(outcome.kind, Outcome::Kind::kSucceeded) << outcome.error;

  const std::vector<TrainingStarted> started = sink.Of<TrainingStarted>();
  ASSERT_EQ(started.size(), 1u);
  EXPECT_EQ(started[0].train_images, 18);
  EXPECT_EQ(started[0].test_images, 6);
  EXPECT_FALSE(started[0].parts_share_patients);

  const std::vector<EpochFinished> epochs = sink.Of<EpochFinished>();
  ASSERT_EQ(epochs.size(), 2u);
  EXPECT_EQ(epochs[0].phase, Phase::kHead);
  EXPECT_EQ(epochs[1].phase, Phase::kFull);
  EXPECT_TRUE(epochs[0].best);
  EXPECT_FALSE(epochs[0].validation.has_value());

  const Manifest manifest = StagedManifest(attempt_);
  ASSERT_TRUE(manifest.metrics.has_value());
  const EpochFinished& best = epochs[outcome.result.best_epoch - 1];
  EXPECT_EQ(manifest.metrics->epoch, best.epoch);
  EXPECT_EQ(manifest.metrics->test_confusion, best.test_confusion);
  EXPECT_EQ(manifest.class_names, attempt_.class_names);
  EXPECT_EQ(manifest.provenance.job, attempt_.job);
  EXPECT_FALSE(manifest.calibration.has_value());  // No validation part.
  const std::vector<std::string> lines =
      absl::StrSplit(Staged(attempt_, "evaluation.csv"), '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 7u);
  EXPECT_EQ(lines[0], "path,label,predicted,logit_0,logit_1,logit_2");
  EXPECT_EQ(ListCheckpoints(JoinPath(attempt_.job_dir, "checkpoints")).size(), 2u);
}

TEST_F(AttemptTest, TheVersionSaysWhatOtherPrecisionsChange) {
  attempt_.options.inference_precision = PrecisionChoice::kInt8;
  RecordingSink sink;
  ASSERT_EQ(RunAttempt(attempt_, stop_, &sink).kind, Outcome::Kind::kSucceeded);
  const InferenceInfo info = StagedManifest(attempt_).inference;
  EXPECT_EQ(info.choice, PrecisionChoice::kInt8);
  EXPECT_EQ(info.calibration_images, 18);
  EXPECT_TRUE(IsSha256Hex(info.calibration_fingerprint));
  ASSERT_TRUE(info.quantisers.has_value());
  EXPECT_EQ(info.quantisers->results.size(), 20u);  // Convolutions of ResNet18.
  for (const MeasuredPrecision& one : info.measured) {
    EXPECT_EQ(one.test.images, 6);
    EXPECT_GT(one.test.mean_logit_change, 0);
    EXPECT_GE(one.test.max_logit_change, one.test.mean_logit_change);
    EXPECT_FALSE(one.validation.has_value());  // There was no such part.
  }
}

TEST_F(AttemptTest, SaysHowFarMeasuringPrecisionsIs) {
  RecordingSink sink;
  ASSERT_EQ(RunAttempt(attempt_, stop_, &sink).kind, Outcome::Kind::kSucceeded);
  const size_t precisions = StagedManifest(attempt_).inference.measured.size();
  if (precisions == 0) GTEST_SKIP() << "this processor is good at float32 alone";
  const StepProgress last = sink.Of<StepProgress>().back();
  EXPECT_EQ(last.precision_total, 6 * (1 + static_cast<int>(precisions)));
  EXPECT_GT(last.precision_done, 0);
  EXPECT_LE(last.precision_done, last.precision_total);
}

TEST_F(AttemptTest, TheSameSeedGivesTheSameBits) {
  RecordingSink sink;
  const Attempt other = Elsewhere("other");
  ASSERT_EQ(RunAttempt(attempt_, stop_, &sink).kind, Outcome::Kind::kSucceeded);
  ASSERT_EQ(RunAttempt(other, stop_, &sink).kind, Outcome::Kind::kSucceeded);
  EXPECT_EQ(StagedManifest(attempt_).weights_sha256, StagedManifest(other).weights_sha256);
  EXPECT_EQ(Staged(attempt_, "evaluation.csv"), Staged(other, "evaluation.csv"));
}

// As in Python PyTorch by default; a library or compiler option could change it for the process.
TEST_F(AttemptTest, TinyNumbersAreNotFlushedToZero) {
  RecordingSink sink;
  ASSERT_EQ(RunAttempt(attempt_, StopSignal(), &sink).kind, Outcome::Kind::kSucceeded);
  at::set_num_threads(2);
  const torch::Tensor tiny = torch::full({1 << 20}, 1e-40f) * 0.5f;
  EXPECT_EQ(tiny.count_nonzero().item<int64_t>(), 1 << 20);
}

TEST_F(AttemptTest, TestsAndStagesTheAveragedWeights) {
  attempt_.options.recipe.ema_decay = 0.5;
  RecordingSink sink;
  ASSERT_EQ(RunAttempt(attempt_, stop_, &sink).kind, Outcome::Kind::kSucceeded);
  Attempt plain = Elsewhere("plain");
  plain.options.recipe.ema_decay = 0;
  RecordingSink plain_sink;
  ASSERT_EQ(RunAttempt(plain, stop_, &plain_sink).kind, Outcome::Kind::kSucceeded);
  // The average does not touch training, only what is tested.
  const std::vector<EpochFinished> a = sink.Of<EpochFinished>();
  const std::vector<EpochFinished> b = plain_sink.Of<EpochFinished>();
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(a[i].train.loss, b[i].train.loss);
    EXPECT_NE(a[i].test.loss, b[i].test.loss);
  }
  EXPECT_NE(StagedManifest(attempt_).weights_sha256, StagedManifest(plain).weights_sha256);
}

TEST_F(AttemptTest, ReportsTheRateOfTheLastStep) {
  attempt_.options.recipe.learning_rate_schedule = LearningRateSchedule::kCosine;
  RecordingSink sink;
  ASSERT_EQ(RunAttempt(attempt_, stop_, &sink).kind, Outcome::Kind::kSucceeded);
  // 18 photographs are 5 steps of 4, one epoch a phase.
  const double last = 0.01 * (1 + std::cos(std::acos(-1.0) * 4 / 5)) / 2;
  for (const EpochFinished& epoch : sink.Of<EpochFinished>()) {
    EXPECT_DOUBLE_EQ(epoch.learning_rate, last);
  }
}

TEST_F(AttemptTest, StopsWithinABatchWhenCancelled) {
  attempt_.options.recipe.epochs = 10000;
  RecordingSink sink([this](const TrainingEvent& event) {
    if (std::holds_alternative<StepProgress>(event)) stop_.Request(StopSignal::Kind::kCancel);
  });
  EXPECT_EQ(RunAttempt(attempt_, stop_, &sink).kind, Outcome::Kind::kCancelled);
  EXPECT_THAT(sink.Of<EpochFinished>(), IsEmpty());
  EXPECT_THAT(sink.Of<CheckpointSaved>(), IsEmpty());
}

TEST_F(AttemptTest, ALossThatIsNotFiniteFailsWithEpochAndStep) {
  attempt_.options.recipe.learning_rate = 1e30;
  RecordingSink sink;
  const Outcome outcome = RunAttempt(attempt_, stop_, &sink);
  EXPECT_EQ(outcome.kind, Outcome::Kind::kFailed);
  EXPECT_THAT(outcome.error, HasSubstr("not finite"));
  EXPECT_THAT(outcome.error, HasSubstr("epoch 1"));
  EXPECT_THAT(outcome.error, HasSubstr("learning_rate"));
}

// As a full disk does, but for this process alone: files may not grow beyond a size.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_;
};

TEST_F(AttemptTest, AFullDiskFailsTheJobAndLeavesNoHalfVersion) {
  const FileSizeLimit limit(size_t{4} << 20);  // The cache fits, the weights do not.
  RecordingSink sink;
  const Outcome outcome = RunAttempt(attempt_, stop_, &sink);
  EXPECT_EQ(outcome.kind, Outcome::Kind::kFailed);
  EXPECT_THAT(outcome.error, HasSubstr("File too large"));
  EXPECT_TRUE(std::filesystem::is_empty(JoinPath(attempt_.job_dir, "checkpoints")));
}

TEST_F(AttemptTest, LeavesOutAFewBadPhotographsAndRefusesMany) {
  ASSERT_TRUE(WriteFileAtomic(JoinPath(attempt_.files.dir, items_[0].path), "no image").ok());
  attempt_.options.max_bad_image_share = 0.05;
  attempt_.options.recipe.epochs = 1;
  RecordingSink sink;
  ASSERT_EQ(RunAttempt(attempt_, stop_, &sink).kind, Outcome::Kind::kSucceeded);
  ASSERT_EQ(sink.Of<Warning>().size(), 1u);
  EXPECT_EQ(sink.Of<Warning>()[0].bad_images[0].path, items_[0].path);
  EXPECT_EQ(sink.Of<TrainingStarted>()[0].train_images, 17);

  Attempt strict = Elsewhere("strict");
  strict.options.max_bad_image_share = 0.04;
  const Outcome outcome = RunAttempt(strict, stop_, &sink);
  EXPECT_EQ(outcome.kind, Outcome::Kind::kFailed);
  EXPECT_THAT(outcome.error, HasSubstr("max_bad_image_share"));
}

TEST_F(AttemptTest, BeginsWithAVersionOfAnotherClassCount) {
  RecordingSink sink;
  attempt_.options.recipe.epochs = 1;
  ASSERT_EQ(RunAttempt(attempt_, stop_, &sink).kind, Outcome::Kind::kSucceeded);
  Attempt next = Elsewhere("next");
  next.init_version_dir = JoinPath(attempt_.job_dir, "staging");
  next.options.init = "models/m/versions/1";
  next.class_names.push_back("worst");
  const Outcome outcome = RunAttempt(next, stop_, &sink);
  ASSERT_EQ(outcome.kind, Outcome::Kind::kSucceeded) << outcome.error;
  EXPECT_EQ(StagedManifest(next).num_classes, 4);

  next.options.architecture = Architecture::kResNet50;
  next.job_dir = JoinPath(temp_.path(), "wrong");
  EXPECT_THAT(RunAttempt(next, stop_, &sink).error, HasSubstr("init: is a resnet18"));
}

}  // namespace
}  // namespace fovea
