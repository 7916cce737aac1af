#include "common/evaluation/precision_recall.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fovea {
namespace {

std::vector<ThresholdCounts> CountsOf(const std::vector<bool>& positive,
                                      const std::vector<double>& score) {
  return Ranking({.positive = positive, .score = score}).Counts();
}

TEST(PrecisionRecall, AveragePrecisionByHand) {
  // Falling: positive (recall 1/2, precision 1), negative, positive (recall 1, precision 2/3).
  EXPECT_DOUBLE_EQ(AveragePrecision(CountsOf({false, false, true, true}, {0.1, 0.4, 0.35, 0.8})),
                   0.5 * 1 + 0.5 * 2 / 3);
  // All scores equal: the share of positives.
  EXPECT_DOUBLE_EQ(AveragePrecision(CountsOf({false, true, false, false}, {1, 1, 1, 1})), 0.25);
}

TEST(PrecisionRecall, AveragePrecisionOfOneClass) {
  EXPECT_DOUBLE_EQ(AveragePrecision(CountsOf({true, true}, {0.3, 0.6})), 1);
  EXPECT_TRUE(std::isnan(AveragePrecision(CountsOf({false, false}, {0.3, 0.6}))));
  EXPECT_TRUE(std::isnan(AveragePrecision({})));
}

TEST(PrecisionRecall, CurveLeavesOutWhatLiesBetweenEqualRecalls) {
  const std::vector<PrecisionRecallPoint> curve =
      PrecisionRecallCurve(CountsOf({true, false, false, false}, {0.9, 0.7, 0.6, 0.5}));
  ASSERT_EQ(curve.size(), 3u);
  EXPECT_TRUE(std::isinf(curve[0].threshold));
  EXPECT_EQ(curve[0].precision, 1);
  EXPECT_EQ(curve[0].recall, 0);
  EXPECT_DOUBLE_EQ(curve[1].threshold, 0.9);
  EXPECT_DOUBLE_EQ(curve[1].precision, 1);
  EXPECT_DOUBLE_EQ(curve[1].recall, 1);
  EXPECT_DOUBLE_EQ(curve[2].threshold, 0.5);
  EXPECT_DOUBLE_EQ(curve[2].precision, 0.25);
  EXPECT_TRUE(PrecisionRecallCurve(CountsOf({false}, {0.5})).empty());
}

}  // namespace
}  // namespace fovea
