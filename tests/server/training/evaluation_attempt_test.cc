#include "server/training/evaluation_attempt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "tests/server/training/attempt_fixture.h"

namespace fovea {
namespace {

using testing::HasSubstr;

using EvaluationAttemptTest = AttemptTest;

TEST_F(EvaluationAttemptTest, SaysWhatTheTrainerSaidOfItsBestEpoch) {
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

TEST_F(EvaluationAttemptTest, AnswersAsServingDoesWithViewsAndCalibration) {
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
