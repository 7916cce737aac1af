#include "common/evaluation/scalar_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace fovea {
namespace {

using testing::HasSubstr;
using testing::NanSensitiveDoubleEq;

Predictions FourImages() {
  return {.num_classes = 5,
          .labels = {0, 2, 3, 4},
          .probabilities = {0.75, 0.25, 0, 0, 0,         //
                            0.5, 0.25, 0.25, 0, 0,       //
                            0, 0, 0.25, 0.5, 0.25,       //
                            0, 0.125, 0.125, 0.25, 0.5}};
}

double Value(const std::vector<double>& values, Metric metric) {
  return values[static_cast<size_t>(metric)];
}

TEST(ScalarMetrics, FiguresByHand) {
  const std::vector<double> values = ScalarMetrics(FourImages(), {}).OfAll();
  ASSERT_EQ(values.size(), kMetricCount);
  EXPECT_DOUBLE_EQ(Value(values, Metric::kAccuracy), 0.75);
  EXPECT_DOUBLE_EQ(Value(values, Metric::kMajorityBaseline), 0.25);
  EXPECT_DOUBLE_EQ(Value(values, Metric::kBalancedAccuracy), 0.75);
  EXPECT_DOUBLE_EQ(Value(values, Metric::kMeanAbsoluteError), 0.5);
  // F1 of classes 0, 2, 3, 4; class 1 neither occurs nor is predicted.
  EXPECT_DOUBLE_EQ(Value(values, Metric::kMacroF1), (2.0 / 3 + 0 + 1 + 1) / 4);
  EXPECT_DOUBLE_EQ(Value(values, Metric::kLogLoss),
                   (std::log(4.0 / 3) + std::log(4) + 2 * std::log(2)) / 4);
  EXPECT_DOUBLE_EQ(Value(values, Metric::kBrierScore),
                   (0.125 + 0.875 + 0.375 + 0.34375) / 4);
  // Confidence 0.75 right once; 0.5 right twice of three.
  EXPECT_DOUBLE_EQ(Value(values, Metric::kExpectedCalibrationError), (0.25 + 0.5) / 4);
  // Areas of classes 0, 2, 3, 4: 1, (0.25 beats 0 and 0.125, ties 0.25) 2.5/3, 1, 1.
  EXPECT_DOUBLE_EQ(Value(values, Metric::kMacroRocAuc), (1 + 2.5 / 3 + 1 + 1) / 4);
}

TEST(ScalarMetrics, ScreeningAtItsThreshold) {
  const std::vector<double> values =
      ScalarMetrics(FourImages(), {.referable = 0.5, .vision_threatening = 0.75}).OfAll();
  EXPECT_DOUBLE_EQ(Value(values, Metric::kReferableRocAuc), 1);
  EXPECT_DOUBLE_EQ(Value(values, Metric::kReferableAveragePrecision), 1);
  EXPECT_DOUBLE_EQ(Value(values, Metric::kReferableSensitivity), 2.0 / 3);
  EXPECT_DOUBLE_EQ(Value(values, Metric::kReferableSpecificity), 1);
  EXPECT_DOUBLE_EQ(Value(values, Metric::kReferablePositivePredictiveValue), 1);
  EXPECT_DOUBLE_EQ(Value(values, Metric::kReferableNegativePredictiveValue), 0.5);
  EXPECT_DOUBLE_EQ(Value(values, Metric::kVisionThreateningRocAuc), 1);
  EXPECT_DOUBLE_EQ(Value(values, Metric::kVisionThreateningSensitivity), 1);
  EXPECT_DOUBLE_EQ(Value(values, Metric::kVisionThreateningNegativePredictiveValue), 1);
}

TEST(ScalarMetrics, ResampleIsADataSetWithRepeats) {
  const Predictions all = FourImages();
  const std::vector<size_t> drawn = {1, 3, 3, 0};
  Predictions copied = {.num_classes = 5};
  for (const size_t i : drawn) {
    copied.labels.push_back(all.labels[i]);
    copied.probabilities.insert(copied.probabilities.end(), all.Row(i).begin(), all.Row(i).end());
  }
  const std::vector<double> of_drawn = ScalarMetrics(all, {}).Of(drawn);
  const std::vector<double> of_copied = ScalarMetrics(copied, {}).OfAll();
  for (size_t i = 0; i < kMetricCount; ++i) {
    EXPECT_THAT(of_drawn[i], NanSensitiveDoubleEq(of_copied[i]))
        << MetricName(static_cast<Metric>(i));
  }
}

TEST(ScalarMetrics, OneClassOnly) {
  const Predictions predictions = {
      .num_classes = 5, .labels = {0}, .probabilities = {1, 0, 0, 0, 0}};
  const std::vector<double> values = ScalarMetrics(predictions, {}).OfAll();
  EXPECT_EQ(Value(values, Metric::kAccuracy), 1);
  EXPECT_TRUE(std::isnan(Value(values, Metric::kQuadraticWeightedKappa)));
  EXPECT_TRUE(std::isnan(Value(values, Metric::kMacroRocAuc)));
  EXPECT_EQ(Value(values, Metric::kMacroAveragePrecision), 1);
  EXPECT_TRUE(std::isnan(Value(values, Metric::kReferableRocAuc)));
  EXPECT_TRUE(std::isnan(Value(values, Metric::kReferableSensitivity)));
  EXPECT_EQ(Value(values, Metric::kReferableSpecificity), 1);
}

TEST(ScalarMetrics, ThresholdsMustBeFinite) {
  EXPECT_TRUE(ValidateThresholds({}).ok());
  EXPECT_THAT(std::string(ValidateThresholds({.referable = std::nan("")}).message()),
              HasSubstr("referable: nan; allowed are finite numbers"));
  EXPECT_FALSE(ValidateThresholds({.vision_threatening = HUGE_VAL}).ok());
}

}  // namespace
}  // namespace fovea
