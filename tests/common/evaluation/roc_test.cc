#include "common/evaluation/roc.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fovea {
namespace {

std::vector<ThresholdCounts> CountsOf(const std::vector<bool>& positive,
                                      const std::vector<double>& score) {
  return Ranking({.positive = positive, .score = score}).Counts();
}

TEST(Roc, AreaIsTheShareOfPairsInOrder) {
  // Of the pairs (0.8, 0.4), (0.8, 0.1), (0.35, 0.4), (0.35, 0.1) three are in order.
  EXPECT_DOUBLE_EQ(RocAuc(CountsOf({false, false, true, true}, {0.1, 0.4, 0.35, 0.8})), 0.75);
  EXPECT_DOUBLE_EQ(RocAuc(CountsOf({false, true}, {0.2, 0.8})), 1);
  EXPECT_DOUBLE_EQ(RocAuc(CountsOf({false, true}, {0.8, 0.2})), 0);
  EXPECT_DOUBLE_EQ(RocAuc(CountsOf({false, true, true}, {0.5, 0.5, 0.5})), 0.5);
}

TEST(Roc, AreaOfOneClassIsUndefined) {
  EXPECT_TRUE(std::isnan(RocAuc(CountsOf({true, true}, {0.1, 0.2}))));
  EXPECT_TRUE(std::isnan(RocAuc(CountsOf({false}, {0.1}))));
  EXPECT_TRUE(std::isnan(RocAuc({})));
}

TEST(Roc, CurveLeavesOutWhatLiesHalfway) {
  // From the highest score on: positive, positive, positive, negative.
  const std::vector<RocPoint> curve =
      RocCurve(CountsOf({true, true, true, false}, {0.9, 0.8, 0.7, 0.6}));
  ASSERT_EQ(curve.size(), 4u);
  EXPECT_TRUE(std::isinf(curve[0].threshold));
  EXPECT_EQ(curve[0].true_positive_rate, 0);
  EXPECT_EQ(curve[0].false_positive_rate, 0);
  EXPECT_DOUBLE_EQ(curve[1].threshold, 0.9);
  EXPECT_DOUBLE_EQ(curve[1].true_positive_rate, 1.0 / 3);
  EXPECT_DOUBLE_EQ(curve[2].threshold, 0.7);
  EXPECT_DOUBLE_EQ(curve[2].true_positive_rate, 1);
  EXPECT_EQ(curve[2].false_positive_rate, 0);
  EXPECT_DOUBLE_EQ(curve[3].false_positive_rate, 1);
}

TEST(Roc, CurveOfOneClassHasUndefinedRates) {
  const std::vector<RocPoint> curve = RocCurve(CountsOf({true}, {0.5}));
  ASSERT_EQ(curve.size(), 2u);
  EXPECT_TRUE(std::isnan(curve[1].false_positive_rate));
  EXPECT_EQ(curve[1].true_positive_rate, 1);
  EXPECT_TRUE(RocCurve({}).empty());
}

}  // namespace
}  // namespace fovea
