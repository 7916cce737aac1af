#include "common/quality/sharpness.h"

#include "common/quality/quality.h"
#include "gtest/gtest.h"
#include "tests/testing/phantom.h"
#include "tests/testing/picture_variants.h"

namespace fovea {
namespace {

double SharpnessOf(const Image& image) { return MeasureSharpness(image, FindField(image)); }

TEST(SharpnessTest, FallsWithBlur) {
  const Image image = PaintPhantom({3, 2, false});
  double before = SharpnessOf(image);
  for (const double sigma : {0.5, 1.0, 1.5, 2.0}) {
    const double after = SharpnessOf(Blurred(image, sigma));
    EXPECT_LT(after, 0.95 * before) << sigma;
    before = after;
  }
}

// Rounding must not pass for detail where nothing else is left of it.
TEST(SharpnessTest, StaysLowWhenBlurIsSevere) {
  const Image image = PaintPhantom({3, 2, false});
  const double moderate = SharpnessOf(Blurred(image, 2));
  for (const double sigma : {4.0, 6.0, 10.0}) {
    EXPECT_LE(SharpnessOf(Blurred(image, sigma)), moderate) << sigma;
  }
}

TEST(SharpnessTest, HardlyDependsOnExposure) {
  const Image image = PaintPhantom({4, 3, true});
  EXPECT_NEAR(SharpnessOf(Exposed(image, 0.6)), SharpnessOf(image), 0.08);
}

TEST(SharpnessTest, FlatIsNotSharp) {
  EXPECT_EQ(MeasureSharpness(Image{40, 30, std::vector<uint8_t>(40 * 30 * 3, 90)}, Field()), 0);
}

}  // namespace
}  // namespace fovea
