#include "common/evaluation/operating_point.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fovea {
namespace {

TEST(OperatingPoint, FiguresByHand) {
  const OperatingPoint point = AtThreshold({.positive = {true, true, true, false, false},
                                            .score = {0.9, 0.5, 0.4, 0.6, 0.1}},
                                           0.5);
  EXPECT_EQ(point.threshold, 0.5);
  EXPECT_EQ(point.true_positives, 2);  // A score equal to the threshold is a yes.
  EXPECT_EQ(point.false_negatives, 1);
  EXPECT_EQ(point.false_positives, 1);
  EXPECT_EQ(point.true_negatives, 1);
  EXPECT_DOUBLE_EQ(point.Sensitivity(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(point.Specificity(), 0.5);
  EXPECT_DOUBLE_EQ(point.PositivePredictiveValue(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(point.NegativePredictiveValue(), 0.5);
}

TEST(OperatingPoint, SharesOfNothingAreUndefined) {
  const OperatingPoint all_negative = AtThreshold({.positive = {false}, .score = {0.2}}, 0.5);
  EXPECT_TRUE(std::isnan(all_negative.Sensitivity()));
  EXPECT_TRUE(std::isnan(all_negative.PositivePredictiveValue()));
  EXPECT_EQ(all_negative.Specificity(), 1);
  const OperatingPoint all_positive = AtThreshold({.positive = {true}, .score = {0.7}}, 0.5);
  EXPECT_TRUE(std::isnan(all_positive.Specificity()));
  EXPECT_TRUE(std::isnan(all_positive.NegativePredictiveValue()));
}

}  // namespace
}  // namespace fovea
