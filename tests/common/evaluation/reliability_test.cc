#include "common/evaluation/reliability.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fovea {
namespace {

TEST(Reliability, FiguresByHand) {
  ReliabilityCurve curve;
  curve.Add(0.9, true);    // Bin 13: (13/15, 14/15].
  curve.Add(0.88, false);
  curve.Add(0.5, true);    // Bin 7.
  const std::vector<ReliabilityBin> bins = curve.Bins();
  ASSERT_EQ(bins.size(), 15u);
  EXPECT_EQ(bins[13].images, 2);
  EXPECT_DOUBLE_EQ(bins[13].mean_confidence, 0.89);
  EXPECT_DOUBLE_EQ(bins[13].accuracy, 0.5);
  EXPECT_EQ(bins[7].images, 1);
  EXPECT_EQ(bins[0].images, 0);
  EXPECT_TRUE(std::isnan(bins[0].mean_confidence));
  EXPECT_TRUE(std::isnan(bins[0].accuracy));
  EXPECT_DOUBLE_EQ(curve.ExpectedCalibrationError(), 2.0 / 3 * 0.39 + 1.0 / 3 * 0.5);
}

TEST(Reliability, AnEdgeBelongsToTheBinBelow) {
  ReliabilityCurve curve;
  curve.Add(0.2, true);  // 3/15.
  curve.Add(1, true);
  EXPECT_EQ(curve.Bins()[2].images, 1);
  EXPECT_EQ(curve.Bins()[14].images, 1);
  EXPECT_DOUBLE_EQ(curve.Bins()[2].low, 2.0 / 15);
  EXPECT_DOUBLE_EQ(curve.Bins()[2].high, 0.2);
}

TEST(Reliability, NoImages) {
  EXPECT_TRUE(std::isnan(ReliabilityCurve().ExpectedCalibrationError()));
}

}  // namespace
}  // namespace fovea
