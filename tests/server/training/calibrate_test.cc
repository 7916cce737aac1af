#include "server/training/calibrate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "common/evaluation/cut_points.h"
#include "common/evaluation/report.h"
#include "common/evaluation/threshold_choice.h"

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

// For each class ten images that the network takes for it: six are, one is of each other class, and
// at temperature `right` the network says just that.
LabelledLogits Overconfident(double right) {
  LabelledLogits part;
  part.logits.num_classes = 5;
  for (int said = 0; said < 5; ++said) {
    for (int i = 0; i < 10; ++i) {
      for (int k = 0; k < 5; ++k) {
        part.logits.values.push_back(k == said ? right * std::log(6.0) : 0);
      }
      part.labels.push_back(i < 5 ? i : said);
      part.patients.push_back(std::to_string(part.labels.size() / 2));
    }
  }
  return part;
}

// Noisy but not without sense: the logits fall with the distance from something near the label.
LabelledLogits Noisy(int images, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> label(0, 4);
  std::normal_distribution<double> noise(0, 1);
  LabelledLogits part;
  part.logits.num_classes = 5;
  for (int i = 0; i < images; ++i) {
    part.labels.push_back(label(random));
    const double centre = 0.7 * part.labels.back() + noise(random);
    for (int k = 0; k < 5; ++k) part.logits.values.push_back(-2 * (centre - k) * (centre - k));
    part.patients.push_back("");
  }
  return part;
}

Predictions At(const LabelledLogits& part, double temperature) {
  return {.num_classes = part.logits.num_classes,
          .labels = part.labels,
          .probabilities = Softmax(part.logits, temperature)};
}

void ExpectFiguresOf(const CalibrationFigures& figures, const Predictions& predictions) {
  EvaluationOptions options;
  options.bootstrap.resamples = 1;
  const absl::StatusOr<EvaluationReport> report = EvaluatePredictions(predictions, options);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_NEAR(figures.log_loss, report->at(Metric::kLogLoss).value, 1e-12);
  EXPECT_NEAR(figures.brier_score, report->at(Metric::kBrierScore).value, 1e-12);
  EXPECT_NEAR(figures.expected_calibration_error,
              report->at(Metric::kExpectedCalibrationError).value, 1e-12);
  ASSERT_EQ(figures.reliability.size(), report->reliability.size());
  for (size_t i = 0; i < figures.reliability.size(); ++i) {
    EXPECT_EQ(figures.reliability[i].images, report->reliability[i].images) << i;
  }
}

TEST(FitCalibrationTest, FindsTheTemperatureThatIsRight) {
  for (const double right : {0.5, 1.0, 2.5}) {
    const LabelledLogits part = Overconfident(right);
    const absl::StatusOr<Calibration> calibration = FitCalibration(part, part, false);
    ASSERT_TRUE(calibration.ok()) << calibration.status();
    EXPECT_NEAR(calibration->rule.temperature, right, 1e-6);
    EXPECT_NEAR(calibration->validation_after.expected_calibration_error, 0, 1e-6);
    EXPECT_THAT(calibration->rule.cut_points, IsEmpty());
  }
}

TEST(FitCalibrationTest, ThresholdsAreThoseOfTheHighestYoudenAtTheTemperature) {
  const LabelledLogits validation = Noisy(300, 1);
  const absl::StatusOr<Calibration> calibration = FitCalibration(validation, Noisy(50, 2), false);
  ASSERT_TRUE(calibration.ok()) << calibration.status();
  const Predictions fitted = At(validation, calibration->rule.temperature);
  EXPECT_EQ(calibration->rule.referable_threshold,
            *HighestYouden(Ranking(GradeAtLeast(fitted, 2)).Counts()));
  EXPECT_EQ(calibration->rule.vision_threatening_threshold,
            *HighestYouden(Ranking(GradeAtLeast(fitted, 3)).Counts()));
  EXPECT_NE(calibration->rule.referable_threshold, 0.5);
  EXPECT_TRUE(ValidateDecisionRule(calibration->rule, 5).ok());
}

TEST(FitCalibrationTest, FiguresAreThoseOfAnEvaluation) {
  const LabelledLogits validation = Noisy(300, 1);
  const LabelledLogits test = Noisy(200, 2);
  const absl::StatusOr<Calibration> calibration = FitCalibration(validation, test, false);
  ASSERT_TRUE(calibration.ok()) << calibration.status();
  const double temperature = calibration->rule.temperature;
  EXPECT_GT(temperature, 1.1);  // Otherwise before and after cannot be told apart.
  ExpectFiguresOf(calibration->validation_before, At(validation, 1));
  ExpectFiguresOf(calibration->validation_after, At(validation, temperature));
  ExpectFiguresOf(calibration->test_before, At(test, 1));
  ExpectFiguresOf(calibration->test_after, At(test, temperature));
  EXPECT_LT(calibration->validation_after.log_loss, calibration->validation_before.log_loss);
}

TEST(FitCalibrationTest, TestImagesChangeNothingThatIsFitted) {
  const LabelledLogits validation = Noisy(300, 1);
  const DecisionRule one = FitCalibration(validation, Noisy(50, 2), true)->rule;
  const DecisionRule other = FitCalibration(validation, Noisy(80, 3), true)->rule;
  EXPECT_EQ(one.temperature, other.temperature);
  EXPECT_EQ(one.referable_threshold, other.referable_threshold);
  EXPECT_EQ(one.vision_threatening_threshold, other.vision_threatening_threshold);
  EXPECT_EQ(one.cut_points, other.cut_points);
}

TEST(FitCalibrationTest, OrdinalGivesCutPointsOnTheExpectedClass) {
  const LabelledLogits validation = Noisy(300, 1);
  const absl::StatusOr<Calibration> calibration = FitCalibration(validation, validation, true);
  ASSERT_TRUE(calibration.ok()) << calibration.status();
  const Predictions fitted = At(validation, calibration->rule.temperature);
  std::vector<double> expected;
  for (size_t i = 0; i < fitted.images(); ++i) expected.push_back(ExpectedClass(fitted.Row(i)));
  EXPECT_EQ(calibration->rule.cut_points, *FitCutPoints(5, expected, validation.labels));
  EXPECT_TRUE(ValidateDecisionRule(calibration->rule, 5).ok());
}

TEST(FitCalibrationTest, CountsImagesAndPatients) {
  LabelledLogits part = Overconfident(1);
  absl::StatusOr<Calibration> calibration = FitCalibration(part, part, false);
  EXPECT_EQ(calibration->images, 50);
  EXPECT_EQ(calibration->patients, 26);  // Numbers 0..25.
  part.patients.assign(50, "");          // Unknown: each a patient of its own.
  EXPECT_EQ(FitCalibration(part, part, false)->patients, 50);
}

TEST(FitCalibrationTest, OneClassOnly) {
  LabelledLogits part = Noisy(20, 1);
  part.labels.assign(20, 0);
  const absl::StatusOr<Calibration> calibration = FitCalibration(part, part, true);
  ASSERT_TRUE(calibration.ok()) << calibration.status();
  EXPECT_EQ(calibration->rule.referable_threshold, 0.5);
  EXPECT_EQ(calibration->rule.vision_threatening_threshold, 0.5);
  EXPECT_THAT(calibration->rule.cut_points, ElementsAre(0.5, 1.5, 2.5, 3.5));
  EXPECT_TRUE(ValidateDecisionRule(calibration->rule, 5).ok());
}

TEST(FitCalibrationTest, ThresholdsAreOfGradesAlone) {
  LabelledLogits part;
  part.logits = {3, {2, 0, 0, 0, 2, 0, 0, 0, 2, 2, 0, 0}};
  part.labels = {0, 1, 2, 2};
  part.patients.assign(4, "");
  const absl::StatusOr<Calibration> calibration = FitCalibration(part, part, false);
  ASSERT_TRUE(calibration.ok()) << calibration.status();
  EXPECT_EQ(calibration->rule.referable_threshold, 0.5);
}

TEST(FitCalibrationTest, WrongInput) {
  const LabelledLogits part = Overconfident(1);
  LabelledLogits none;
  none.logits.num_classes = 5;
  EXPECT_FALSE(FitCalibration(none, part, false).ok());
  EXPECT_THAT(std::string(FitCalibration(part, none, false).status().message()),
              StartsWith("test:"));
  LabelledLogits broken = part;
  broken.logits.values[7] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(FitCalibration(broken, part, false).ok());
}

}  // namespace
}  // namespace fovea
