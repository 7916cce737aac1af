#include "common/quality/exposure.h"

#include "gtest/gtest.h"

namespace fovea {
namespace {

// The left half black, a quarter grey, the rest white.
Plane Halves() {
  Plane plane(40, 40);
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 40; ++x) plane.At(x, y) = x < 20 ? 0 : x < 30 ? 100 : 255;
  }
  return plane;
}

TEST(MeasureExposureTest, SharesOfThePictureWhereThereIsNoField) {
  const Exposure exposure = MeasureExposure(Halves(), Field());
  EXPECT_DOUBLE_EQ(exposure.dark_share, 0.5);
  EXPECT_DOUBLE_EQ(exposure.saturated_share, 0.25);
}

TEST(MeasureExposureTest, OnlyTheFieldCounts) {
  Field field;
  field.x = 35;
  field.y = 20;
  field.radius = 5;
  const Exposure exposure = MeasureExposure(Halves(), field);
  EXPECT_EQ(exposure.dark_share, 0);
  EXPECT_EQ(exposure.saturated_share, 1);
  EXPECT_EQ(exposure.brightness, 1);
}

}  // namespace
}  // namespace fovea
