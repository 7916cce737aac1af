// What training does with a validation part: which epoch it keeps, when it stops, what it fits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "absl/strings/str_split.h"
#include "common/evaluation/decision.h"
#include "server/model/calibration.h"
#include "server/model/manifest.h"
#include "server/training/attempt.h"
#include "tests/server/training/fixture.h"

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int kManyEpochs = 8;

// 18 train photographs, of which 6 (2 a class) are the validation part; 6 test ones.
class SelectionTest : public testing::Test {
 protected:
  SelectionTest()
      : items_(PaintItems(temp_.path(), 24)), attempt_(MakeAttempt(temp_.path(), items_)) {
    attempt_.options.recipe.validation_share = 0.34;
    attempt_.options.preprocess.resize_short_side = 40;
    attempt_.options.preprocess.crop_size = 32;
  }

  Outcome Run(RecordingSink* sink) { return RunAttempt(attempt_, stop_, sink); }

  static std::string Staged(const Attempt& attempt, const std::string& file) {
    return ReadFile(JoinPath(JoinPath(attempt.job_dir, "staging"), file)).value();
  }
  static Manifest StagedManifest(const Attempt& attempt) {
    return ManifestFromJson(Staged(attempt, kManifestFile)).value();
  }

  const TempDir temp_;
  const std::vector<DatasetItem> items_;
  Attempt attempt_;
  StopSignal stop_;
};

double KappaOf(const EpochFinished& epoch) {
  return std::isnan(epoch.validation_kappa) ? -2 : epoch.validation_kappa;
}

// The epoch after which `patience` epochs of phase FULL have not exceeded the kappa before them.
int LastEpoch(const std::vector<EpochFinished>& epochs, int patience) {
  double highest = -2;
  int stale = 0;
  for (const EpochFinished& epoch : epochs) {
    const bool higher = KappaOf(epoch) > highest;
    if (higher) highest = KappaOf(epoch);
    stale = higher || epoch.phase == Phase::kHead ? 0 : stale + 1;
    if (stale == patience) return epoch.epoch;
  }
  return kManyEpochs;
}

TEST_F(SelectionTest, TheValidationPartIsGradedAndCalibratedOn) {
  attempt_.options.recipe.epochs = 1;
  RecordingSink sink;
  const Outcome outcome = Run(&sink);
  ASSERT_EQ(outcome.kind, Outcome::Kind::kSucceeded) << outcome.error;
  const TrainingStarted started = sink.Of<TrainingStarted>()[0];
  EXPECT_EQ(started.train_images, 12);
  EXPECT_EQ(started.validation_images, 6);
  EXPECT_THAT(started.validation_class_counts, ElementsAre(2, 2, 2));
  EXPECT_THAT(started.train_class_counts, ElementsAre(4, 4, 4));
  for (const EpochFinished& epoch : sink.Of<EpochFinished>()) {
    ASSERT_TRUE(epoch.validation.has_value());
    EXPECT_GT(epoch.validation->loss, 0);
    EXPECT_NEAR(std::remainder(epoch.validation->accuracy, 1.0 / 6), 0, 1e-12);
  }
  const Manifest manifest = StagedManifest(attempt_);
  ASSERT_TRUE(manifest.calibration.has_value());
  EXPECT_EQ(manifest.calibration->images, 6);
  EXPECT_EQ(manifest.calibration->patients, 6);
  EXPECT_GT(manifest.calibration->rule.temperature, 0);
  EXPECT_LE(manifest.calibration->validation_after.log_loss,
            manifest.calibration->validation_before.log_loss);
  EXPECT_THAT(manifest.calibration->rule.cut_points, IsEmpty());
}

TEST_F(SelectionTest, TheHighestValidationKappaIsKept) {
  attempt_.options.recipe.epochs = 5;
  attempt_.options.recipe.best_epoch = BestEpochBy::kValidationKappa;
  RecordingSink sink;
  const Outcome outcome = Run(&sink);
  ASSERT_EQ(outcome.kind, Outcome::Kind::kSucceeded) << outcome.error;
  const std::vector<EpochFinished> epochs = sink.Of<EpochFinished>();
  ASSERT_THAT(epochs, SizeIs(5));
  const EpochFinished* best = nullptr;
  for (const EpochFinished& epoch : epochs) {
    const bool higher = best == nullptr || KappaOf(epoch) > KappaOf(*best);
    EXPECT_EQ(epoch.best, higher) << epoch.epoch;
    if (higher) best = &epoch;
  }
  EXPECT_EQ(outcome.result.best_epoch, best->epoch);
  EXPECT_EQ(outcome.result.best_test_accuracy, best->test.accuracy);
  EXPECT_EQ(StagedManifest(attempt_).metrics->epoch, best->epoch);
  EXPECT_EQ(StagedManifest(attempt_).metrics->test_confusion, best->test_confusion);
}

TEST_F(SelectionTest, TheLastEpochIsKept) {
  attempt_.options.recipe.epochs = 4;
  attempt_.options.recipe.best_epoch = BestEpochBy::kLast;
  RecordingSink sink;
  const Outcome outcome = Run(&sink);
  ASSERT_EQ(outcome.kind, Outcome::Kind::kSucceeded) << outcome.error;
  EXPECT_EQ(outcome.result.best_epoch, 4);
  EXPECT_EQ(StagedManifest(attempt_).metrics->epoch, 4);
}

TEST_F(SelectionTest, StopsAtTheEndOfThePatienceWhichAResumeDoesNotGiveBack) {
  attempt_.options.recipe.epochs = kManyEpochs;
  attempt_.options.recipe.early_stopping_patience = 2;
  RecordingSink whole;
  const Outcome outcome = Run(&whole);
  ASSERT_EQ(outcome.kind, Outcome::Kind::kSucceeded) << outcome.error;
  const std::vector<EpochFinished> epochs = whole.Of<EpochFinished>();
  EXPECT_LT(epochs.size(), size_t{kManyEpochs});
  EXPECT_EQ(epochs.back().epoch, LastEpoch(epochs, 2));
  ASSERT_THAT(whole.Of<Warning>(), SizeIs(1));
  EXPECT_THAT(whole.Of<Warning>()[0].message, HasSubstr("early_stopping_patience"));

  // A trainer that was lost between the last checkpoint and the end has nothing more to train.
  RecordingSink again;
  ASSERT_EQ(Run(&again).kind, Outcome::Kind::kSucceeded);
  EXPECT_THAT(again.Of<EpochFinished>(), IsEmpty());

  Attempt interrupted = attempt_;
  interrupted.job_dir = JoinPath(temp_.path(), "interrupted");
  StopSignal drain;
  const int last_but_one = epochs.back().epoch - 1;  // Half of the patience is used up.
  RecordingSink first([&](const TrainingEvent& event) {
    const EpochFinished* epoch = std::get_if<EpochFinished>(&event);
    if (epoch != nullptr && epoch->epoch == last_but_one) drain.Request(StopSignal::Kind::kDrain);
  });
  ASSERT_EQ(RunAttempt(interrupted, drain, &first).kind, Outcome::Kind::kDrained);
  RecordingSink second;
  ASSERT_EQ(RunAttempt(interrupted, stop_, &second).kind, Outcome::Kind::kSucceeded);
  ASSERT_THAT(second.Of<EpochFinished>(), SizeIs(1));
  EXPECT_EQ(second.Of<EpochFinished>()[0].epoch, epochs.back().epoch);
  EXPECT_EQ(second.Of<EpochFinished>()[0].validation_kappa, epochs.back().validation_kappa);
  const Manifest a = StagedManifest(attempt_);
  const Manifest b = StagedManifest(interrupted);
  EXPECT_EQ(a.weights_sha256, b.weights_sha256);
  EXPECT_EQ(CalibrationToJson(*a.calibration).dump(), CalibrationToJson(*b.calibration).dump());
}

TEST_F(SelectionTest, EpochsOfTheHeadCostNoPatience) {
  attempt_.options.recipe.epochs = 3;
  attempt_.options.recipe.head_epochs = 3;
  attempt_.options.recipe.early_stopping_patience = 1;
  RecordingSink sink;
  ASSERT_EQ(Run(&sink).kind, Outcome::Kind::kSucceeded);
  EXPECT_THAT(sink.Of<EpochFinished>(), SizeIs(3));
}

TEST_F(SelectionTest, OrdinalAnswersFollowTheCutPoints) {
  attempt_.options.recipe.epochs = 1;
  attempt_.options.recipe.target = Target::kOrdinal;
  RecordingSink sink;
  const Outcome outcome = Run(&sink);
  ASSERT_EQ(outcome.kind, Outcome::Kind::kSucceeded) << outcome.error;
  const Manifest manifest = StagedManifest(attempt_);
  ASSERT_TRUE(manifest.calibration.has_value());
  const DecisionRule& rule = manifest.calibration->rule;
  ASSERT_THAT(rule.cut_points, SizeIs(kClasses - 1));
  std::vector<int64_t> confusion(kClasses * kClasses);
  const std::vector<std::string> lines =
      absl::StrSplit(Staged(attempt_, "evaluation.csv"), '\n', absl::SkipEmpty());
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> cells = absl::StrSplit(lines[i], ',');
    std::vector<double> logits;
    for (size_t k = 3; k < cells.size(); ++k) logits.push_back(std::stod(cells[k]));
    const int predicted = Decide(rule, logits).predicted;
    EXPECT_EQ(cells[2], std::to_string(predicted)) << lines[i];
    ++confusion[std::stoi(cells[1]) * kClasses + predicted];
  }
  EXPECT_EQ(manifest.metrics->test_confusion, confusion);
}

TEST_F(SelectionTest, TheOrdinalTargetIsPartOfTheLoss) {
  attempt_.options.recipe.epochs = 1;
  RecordingSink classes, ordinal;
  ASSERT_EQ(Run(&classes).kind, Outcome::Kind::kSucceeded);
  attempt_.options.recipe.target = Target::kOrdinal;
  attempt_.job_dir = JoinPath(temp_.path(), "ordinal");
  ASSERT_EQ(Run(&ordinal).kind, Outcome::Kind::kSucceeded);
  EXPECT_GT(ordinal.Of<EpochFinished>()[0].train.loss,
            classes.Of<EpochFinished>()[0].train.loss + 0.1);
}

}  // namespace
}  // namespace fovea
