#include "common/evaluation/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace fovea {
namespace {

using testing::HasSubstr;

// Three patients with both eyes and one with one; the last grade of patient d is missed.
Predictions SevenImages() {
  return {.num_classes = 5,
          .labels = {0, 0, 1, 2, 3, 4, 4},
          .probabilities = {0.75, 0.25, 0, 0, 0,      //
                            0.75, 0.25, 0, 0, 0,      //
                            0.25, 0.5, 0.25, 0, 0,    //
                            0, 0.25, 0.75, 0, 0,      //
                            0, 0, 0.25, 0.75, 0,      //
                            0, 0, 0, 0.25, 0.75,      //
                            0.5, 0.25, 0.25, 0, 0},
          .patients = {"a", "a", "b", "b", "c", "c", "d"}};
}

TEST(Report, SaysEverything) {
  const absl::StatusOr<EvaluationReport> report = EvaluatePredictions(SevenImages(), {});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->images, 7);
  EXPECT_EQ(report->patients, 4);
  const Estimate& accuracy = report->at(Metric::kAccuracy);
  EXPECT_DOUBLE_EQ(accuracy.value, 6.0 / 7);
  EXPECT_LT(accuracy.interval.low, accuracy.value);
  EXPECT_EQ(accuracy.interval.high, 1);
  EXPECT_EQ(accuracy.interval.undefined, 0);
  EXPECT_EQ(report->confusion.at(4, 0), 1);
  ASSERT_EQ(report->classes.size(), 5u);
  EXPECT_EQ(report->classes[4].scores.support, 2);
  EXPECT_DOUBLE_EQ(report->classes[4].scores.recall, 0.5);
  // 0.75 beats the five others, 0 ties with them.
  EXPECT_DOUBLE_EQ(report->classes[4].roc_auc, (5 + 2.5) / 10);
  EXPECT_EQ(report->referable.at_threshold.true_positives, 3);
  EXPECT_EQ(report->referable.at_threshold.false_negatives, 1);
  EXPECT_EQ(report->vision_threatening.at_threshold.true_positives, 2);
  EXPECT_EQ(report->referable.roc_curve.back().true_positive_rate, 1);
  EXPECT_EQ(report->referable.precision_recall_curve.back().recall, 1);
  EXPECT_EQ(report->reliability.size(), 15u);
  EXPECT_EQ(report->reliability[11].images, 5);  // Confidence 0.75.
}

TEST(Report, AnswersNeedNotBeTheMostProbableClasses) {
  Predictions predictions = SevenImages();
  predictions.predicted = {1, 0, 1, 2, 3, 4, 4};
  const EvaluationReport report = *EvaluatePredictions(predictions, {});
  EXPECT_EQ(report.confusion.at(0, 1), 1);
  EXPECT_EQ(report.confusion.at(4, 4), 2);
  EXPECT_DOUBLE_EQ(report.at(Metric::kAccuracy).value, 6.0 / 7);
  EXPECT_DOUBLE_EQ(report.classes[4].scores.recall, 1);
  // What is said of probabilities is as before.
  const EvaluationReport plain = *EvaluatePredictions(SevenImages(), {});
  for (const Metric metric : {Metric::kExpectedCalibrationError, Metric::kLogLoss,
                              Metric::kBrierScore, Metric::kReferableRocAuc}) {
    EXPECT_EQ(report.at(metric).value, plain.at(metric).value);
  }
  for (size_t i = 0; i < plain.reliability.size(); ++i) {
    EXPECT_EQ(report.reliability[i].images, plain.reliability[i].images);
    if (plain.reliability[i].images == 0) continue;
    EXPECT_EQ(report.reliability[i].accuracy, plain.reliability[i].accuracy);
  }
}

TEST(Report, DegenerateResamplesAreCounted) {
  const EvaluationReport report = *EvaluatePredictions(SevenImages(), {});
  // Patient a alone has no referable image, and c and d have nothing else: drawn without the other
  // ones in (1/4)^4 + (2/4)^4 of the resamples.
  const Interval& interval = report.at(Metric::kReferableRocAuc).interval;
  EXPECT_NEAR(interval.undefined / 2000.0, 17.0 / 256, 0.02);
  EXPECT_FALSE(std::isnan(interval.low));
}

TEST(Report, IsTheSameOnEveryRun) {
  const EvaluationReport one =
      *EvaluatePredictions(SevenImages(), {.bootstrap = {.resamples = 200, .threads = 1}});
  const EvaluationReport four =
      *EvaluatePredictions(SevenImages(), {.bootstrap = {.resamples = 200, .threads = 4}});
  for (size_t i = 0; i < kMetricCount; ++i) {
    EXPECT_EQ(one.metrics[i].interval.low, four.metrics[i].interval.low);
    EXPECT_EQ(one.metrics[i].interval.high, four.metrics[i].interval.high);
  }
}

TEST(Report, RefusesWhatIsNotValid) {
  EXPECT_FALSE(EvaluatePredictions({}, {}).ok());
  EXPECT_FALSE(EvaluatePredictions(SevenImages(), {.bootstrap = {.resamples = 0}}).ok());
  const absl::StatusOr<EvaluationReport> report =
      EvaluatePredictions(SevenImages(), {.thresholds = {.referable = std::nan("")}});
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("thresholds: referable: nan"));
}

}  // namespace
}  // namespace fovea
