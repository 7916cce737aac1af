#include "server/training/attempt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <cmath>
#include <filesystem>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/torch/torch.h"
#include "server/model/manifest.h"
#include "server/model/registry.h"
#include "server/training/checkpoint_files.h"
#include "server/training/evaluation_attempt.h"
#include "tests/server/training/fixture.h"

namespace fovea {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class AttemptTest : public testing::Test {
 protected:
  AttemptTest() : items_(PaintItems(temp_.path(), 24)), attempt_(MakeAttempt(temp_.path(), items_)) {}

  // The same job in another folder.
  Attempt Elsewhere(const std::string& name) {
    Attempt attempt = attempt_;
    attempt.job_dir = JoinPath(temp_.path(), name);
    return attempt;
  }

  static std::string Staged(const Attempt& attempt, const std::string& file) {
    return ReadFile(JoinPath(JoinPath(attempt.job_dir, "staging"), file)).value();
  }

  static Manifest StagedManifest(const Attempt& attempt) {
    return ManifestFromJson(Staged(attempt, kManifestFile)).value();
  }

  // After a drain in the middle of an epoch the job ends with the weights and figures of a whole one.
  void ExpectGoesOn();

  const TempDir temp_;
  const std::vector<DatasetItem> items_;
  Attempt attempt_;
  StopSignal stop_;
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

TEST_F(AttemptTest, GoesOnBitForBitAfterADrainInTheMiddleOfAnEpoch) { ExpectGoesOn(); }

TEST_F(AttemptTest, GoesOnBitForBitWithAllPartsOfARecipe) {
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

void AttemptTest::ExpectGoesOn() {
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

TEST_F(AttemptTest, FallsBackToTheCheckpointBeforeADamagedOne) {
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

TEST_F(AttemptTest, AnEvaluationSaysWhatTheTrainerSaidOfItsBestEpoch) {
  RecordingSink sink;
  const Outcome trained = RunAttempt(attempt_, stop_, &sink);
  ASSERT_EQ(trained.kind, Outcome::Kind::kSucceeded) << trained.error;
  Attempt evaluation = Elsewhere("evaluation");
  evaluation.init_version_dir = JoinPath(attempt_.job_dir, "staging");
  EvaluationTask task;
  task.options.bootstrap.resamples = 50;
  task.precision = PrecisionChoice::kFloat32;
  EvaluatedPart part;
  const KeepEvaluation keep = [&part](const EvaluatedPart& found) {
    part = found;
    return absl::OkStatus();
  };
  const Outcome outcome = RunEvaluation(evaluation, task, stop_, &sink, keep);
  ASSERT_EQ(outcome.kind, Outcome::Kind::kSucceeded) << outcome.error;
  EXPECT_EQ(outcome.result.best_test_accuracy, trained.result.best_test_accuracy);
  EXPECT_EQ(part.report.at(Metric::kAccuracy).value, trained.result.best_test_accuracy);
  EXPECT_EQ(part.report.confusion.counts(), StagedManifest(attempt_).metrics->test_confusion);
  EXPECT_EQ(part.weights_sha256, StagedManifest(attempt_).weights_sha256);
  EXPECT_EQ(part.precision, Precision::kFloat32);
  EXPECT_THAT(part.predictions_csv, HasSubstr("path,patient,label,predicted,probability_0"));

  task.part = Part::kTrain;
  ASSERT_EQ(RunEvaluation(evaluation, task, stop_, &sink, keep).kind, Outcome::Kind::kSucceeded);
  EXPECT_EQ(part.report.images, 18);

  evaluation.class_names.push_back("one more");
  EXPECT_THAT(RunEvaluation(evaluation, task, stop_, &sink, keep).error,
              HasSubstr("spec.model: has 3 classes, the data set has 4"));
  stop_.Request(StopSignal::Kind::kCancel);
  EXPECT_EQ(RunEvaluation(evaluation, task, stop_, &sink, keep).kind, Outcome::Kind::kCancelled);
}

// Of a CSV without quoted fields beyond the first: the fields of each line after the header.
std::vector<std::vector<std::string>> Lines(const std::string& csv) {
  std::vector<std::vector<std::string>> lines;
  for (const absl::string_view line : absl::StrSplit(csv, '\n', absl::SkipEmpty())) {
    lines.push_back(absl::StrSplit(line, ','));
  }
  lines.erase(lines.begin());
  return lines;
}

double Number(const std::string& text) {
  double number = 0;
  EXPECT_TRUE(absl::SimpleAtod(text, &number)) << text;
  return number;
}

TEST_F(AttemptTest, AnEvaluationAnswersAsServingDoesWithViewsAndCalibration) {
  RecordingSink sink;
  attempt_.options.recipe.epochs = 1;
  attempt_.options.recipe.test_time_views = 4;
  ASSERT_EQ(RunAttempt(attempt_, stop_, &sink).kind, Outcome::Kind::kSucceeded);
  Manifest manifest = StagedManifest(attempt_);
  EXPECT_EQ(manifest.test_time_views, 4);
  const DecisionRule rule = {.temperature = 3, .cut_points = {-2, -1}};
  manifest.calibration = Calibration{.rule = rule};
  const std::string version = JoinPath(attempt_.job_dir, "staging");
  ASSERT_TRUE(WriteFileAtomic(JoinPath(version, kManifestFile), ManifestToJson(manifest)).ok());

  Attempt evaluation = Elsewhere("evaluation");
  evaluation.init_version_dir = version;
  EvaluationTask task;
  task.options.bootstrap.resamples = 50;
  task.precision = PrecisionChoice::kFloat32;
  std::string csv;
  const KeepEvaluation keep = [&csv](const EvaluatedPart& part) {
    csv = part.predictions_csv;
    return absl::OkStatus();
  };
  ASSERT_EQ(RunEvaluation(evaluation, task, stop_, &sink, keep).kind, Outcome::Kind::kSucceeded);
  const auto logits = Lines(Staged(attempt_, "evaluation.csv"));
  const auto answers = Lines(csv);
  ASSERT_EQ(answers.size(), logits.size());
  for (size_t i = 0; i < answers.size(); ++i) {
    const Decision want =
        Decide(rule, std::vector<double>{Number(logits[i][3]), Number(logits[i][4]),
                                         Number(logits[i][5])});
    EXPECT_EQ(answers[i][3], "2");  // Every cut point is reached.
    for (size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(Number(answers[i][4 + c]), want.probabilities[c], 1e-6);
    }
  }

  // The views change what is said.
  evaluation.options.recipe.test_time_views = 1;
  const std::string with_views = csv;
  ASSERT_EQ(RunEvaluation(evaluation, task, stop_, &sink, keep).kind, Outcome::Kind::kSucceeded);
  EXPECT_NE(csv, with_views);
}

}  // namespace
}  // namespace fovea
