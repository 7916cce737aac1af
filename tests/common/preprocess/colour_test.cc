#include "common/preprocess/colour.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea {
namespace {

using testing::ElementsAre;

// Grey values: (100, 50, 200) 82, (10, 250, 30) 153.
Image TwoPixels() { return {2, 1, {100, 50, 200, 10, 250, 30}}; }

TEST(Colour, AFactorOfOneChangesNothing) {
  Image image = TwoPixels();
  AdjustBrightness(1, &image);
  AdjustContrast(1, &image);
  AdjustSaturation(1, &image);
  EXPECT_EQ(image.rgb, TwoPixels().rgb);
}

TEST(Colour, BrightnessMultipliesAndClamps) {
  Image image = TwoPixels();
  AdjustBrightness(1.5f, &image);
  EXPECT_THAT(image.rgb, ElementsAre(150, 75, 255, 15, 255, 45));
  image = TwoPixels();
  AdjustBrightness(0.25f, &image);
  EXPECT_THAT(image.rgb, ElementsAre(25, 12, 50, 2, 62, 7));
}

// The mean grey value is (82 + 153) / 2 = 117.5.
TEST(Colour, ContrastBlendsWithTheMeanGrey) {
  Image image = TwoPixels();
  AdjustContrast(0.5f, &image);
  EXPECT_THAT(image.rgb, ElementsAre(108, 83, 158, 63, 183, 73));
  image = TwoPixels();
  AdjustContrast(2.0f, &image);
  EXPECT_THAT(image.rgb, ElementsAre(82, 0, 255, 0, 255, 0));
}

TEST(Colour, SaturationBlendsWithTheGreyOfThePixel) {
  Image image = TwoPixels();
  AdjustSaturation(0.5f, &image);
  EXPECT_THAT(image.rgb, ElementsAre(91, 66, 141, 81, 201, 91));
  image = TwoPixels();
  AdjustSaturation(0, &image);
  EXPECT_THAT(image.rgb, ElementsAre(82, 82, 82, 153, 153, 153));
}

}  // namespace
}  // namespace fovea
