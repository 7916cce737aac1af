// Decoding at a part of the size, and what preprocessing makes of it.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>

#include "common/preprocess/fundus.h"
#include "common/preprocess/preprocess.h"
#include "common/preprocess/resample.h"
#include "gtest/gtest.h"
#include "tests/testing/phantom.h"

namespace fovea {
namespace {

PreprocessSpec Scaled(PreprocessSpec spec = {}) {
  spec.scaled_decode = true;
  return spec;
}

// Painted at a third of the size, which takes a ninth of the time.
Image Painted(int width, int height) {
  const Phantom phantom = {.patient = 5, .grade = 3, .width = width / 3, .height = height / 3};
  return Resample(PaintPhantom(phantom), width, height);
}

std::string Jpeg(int width, int height) { return EncodeJpeg(Painted(width, height)); }

// A phantom that takes that share of the height, in the middle of a dark frame of 3 : 2.
std::string JpegWithMargins(int height, double share) {
  const int width = height * 3 / 2;
  const int side = static_cast<int>(height * share);
  const Image fundus = Painted(side, side);
  Image image = BlankImage(width, height);
  for (int y = 0; y < side; ++y) {
    const size_t row = static_cast<size_t>(y + (height - side) / 2) * width;
    std::copy_n(&fundus.rgb[static_cast<size_t>(y) * side * 3], side * 3,
                &image.rgb[(row + (width - side) / 2) * 3]);
  }
  return EncodeJpeg(image);
}

double MeanDifference(const Image& a, const Image& b) {
  double sum = 0;
  for (size_t i = 0; i < a.rgb.size(); ++i) sum += std::abs(a.rgb[i] - b.rgb[i]);
  return sum / static_cast<double>(a.rgb.size());
}

TEST(ScaledDecodeTest, IsOffUnlessTheSpecSaysSo) {
  EXPECT_EQ(DecodeOptionsOf({}).min_short_side, 0);
  EXPECT_EQ(DecodeOptionsOf(Scaled()).min_short_side, 512);
  EXPECT_EQ(DecodeOptionsOf(Scaled({.resize_short_side = 64})).min_short_side, 512);
  EXPECT_EQ(DecodeOptionsOf(Scaled({.resize_short_side = 257})).min_short_side, 514);
  EXPECT_EQ(DecodeOptionsOf(Scaled({.resize_short_side = 1024})).min_short_side, 2048);
  EXPECT_TRUE(DecodeOptionsOf(Scaled({.apply_exif_orientation = true})).apply_exif_orientation);
}

TEST(ScaledDecodeTest, SmallPhotographsAreTheSameAndLargeOnesNearlySo) {
  for (const auto& [width, height] : {std::pair{1300, 1022}, {256, 256}}) {
    const std::string jpeg = Jpeg(width, height);
    EXPECT_EQ(LoadImage(jpeg, Scaled(), {})->rgb, LoadImage(jpeg, {}, {})->rgb) << height;
  }
  for (const auto& [width, height] : {std::pair{1023, 1300}, {1024, 1024}, {1025, 1025},
                                      {2050, 2045}, {4100, 4089}}) {
    const std::string jpeg = Jpeg(width, height);
    const Image scaled = *LoadImage(jpeg, Scaled(), {}), full = *LoadImage(jpeg, {}, {});
    ASSERT_EQ(scaled.rgb.size(), full.rgb.size()) << height;
    EXPECT_NE(scaled.rgb, full.rgb) << height;
    EXPECT_LT(MeanDifference(scaled, full), 1.0) << height;
  }
}

// To two pixels of the photograph, a half of one of the scaled picture.
TEST(ScaledDecodeTest, TheFundusIsFoundInTheSamePlace) {
  for (const double share : {1.0, 0.8, 0.5, 0.3}) {
    const std::string jpeg = JpegWithMargins(2304, share);
    const DecodedImage full = *DecodePhotograph(jpeg, {});
    const DecodedImage scaled = *DecodePhotograph(jpeg, {}, DecodeOptionsOf(Scaled()));
    ASSERT_EQ(scaled.image.height, 576);
    const Window want = FundusWindow(full), got = FundusWindow(scaled);
    EXPECT_LT(want.width, 2304 * share * 1.05);
    EXPECT_NEAR(got.left, want.left, 2) << share;
    EXPECT_NEAR(got.top, want.top, 2) << share;
    EXPECT_NEAR(got.width, want.width, 4) << share;
    EXPECT_NEAR(got.height, want.height, 4) << share;
  }
}

TEST(ScaledDecodeTest, EveryPartOfTheSpecWorksOnIt) {
  const std::string jpeg = JpegWithMargins(2304, 0.8);
  for (const bool crop : {false, true}) {
    for (const bool less_average : {false, true}) {
      const PreprocessSpec spec = {.crop_to_fundus = crop, .subtract_local_average = less_average};
      const Image full = *LoadImage(jpeg, spec, {});
      const Image scaled = *LoadImage(jpeg, Scaled(spec), {});
      EXPECT_EQ(scaled.height, 256);
      ASSERT_EQ(scaled.width, full.width);
      // The local average enlarges differences four times.
      EXPECT_LT(MeanDifference(scaled, full), less_average ? 6.0 : 1.5) << crop << less_average;
    }
  }
}

TEST(ScaledDecodeTest, GreyPhotographsStayGrey) {
  Image grey = Painted(1100, 1100);
  for (size_t i = 0; i < grey.rgb.size(); i += 3) grey.rgb[i] = grey.rgb[i + 2] = grey.rgb[i + 1];
  const Image image = *LoadImage(EncodeJpeg(grey), Scaled(), {});
  for (size_t i = 0; i < image.rgb.size(); i += 3) {
    ASSERT_LE(std::abs(image.rgb[i] - image.rgb[i + 1]), 1);
    ASSERT_LE(std::abs(image.rgb[i + 2] - image.rgb[i + 1]), 1);
  }
}

}  // namespace
}  // namespace fovea
