#include <cstdint>
#include <string>
#include <utility>

#include "common/base/random_stream.h"
#include "common/preprocess/preprocess.h"
#include "common/preprocess/resample.h"
#include "common/preprocess/resample_kernels.h"
#include "common/preprocess/warp.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/bad_images.h"

namespace fovea {
namespace {

Image Filled(int width, int height, uint8_t value) {
  Image image{width, height, {}};
  image.rgb.assign(static_cast<size_t>(width) * height * 3, value);
  return image;
}

Image Noise(int width, int height) {
  Image image = Filled(width, height, 0);
  RandomStream random({1});
  for (uint8_t& value : image.rgb) value = static_cast<uint8_t>(random.Below(256));
  return image;
}

TEST(ResizeTest, ShortSideIsExactAndTheLongOneRoundedDown) {
  const std::pair<std::pair<int, int>, std::pair<int, int>> cases[] = {
      {{3888, 2592}, {384, 256}}, {{2592, 3888}, {256, 384}}, {{640, 480}, {341, 256}},
      {{480, 640}, {256, 341}},   {{100, 90}, {284, 256}},    {{257, 255}, {258, 256}},
      {{300, 300}, {256, 256}}};
  for (const auto& [from, to] : cases) {
    const absl::StatusOr<Image> image = ResizeShortSide(Filled(from.first, from.second, 9), 256);
    ASSERT_TRUE(image.ok()) << image.status();
    EXPECT_EQ(image->width, to.first) << from.first << " x " << from.second;
    EXPECT_EQ(image->height, to.second) << from.first << " x " << from.second;
    EXPECT_EQ(image->rgb, Filled(to.first, to.second, 9).rgb);
  }
}

TEST(ResizeTest, RightSizeIsLeftAsItIs) {
  Image image = Filled(300, 256, 0);
  for (size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = static_cast<uint8_t>(i * 7);
  EXPECT_EQ(ResizeShortSide(image, 256)->rgb, image.rgb);
}

TEST(ResizeTest, KeepsChannelsApart) {
  Image image = Filled(500, 400, 0);
  for (size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = static_cast<uint8_t>(50 + i % 3 * 60);
  const Image resized = *ResizeShortSide(image, 256);
  for (size_t i = 0; i < resized.rgb.size(); ++i) ASSERT_EQ(resized.rgb[i], 50 + i % 3 * 60);
}

TEST(ResizeTest, RefusesSlivers) {
  EXPECT_TRUE(ResizeShortSide(Filled(160, 10, 1), 32).ok());
  for (const auto& [width, height] : {std::pair(161, 10), std::pair(10, 161)}) {
    const absl::Status status = ResizeShortSide(Filled(width, height, 1), 32).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()),
                testing::StartsWith("image: unsupported_format: the longer side is more than 16"));
  }
  EXPECT_FALSE(LoadImage(ReadBadImage("png_1x4000.png"), {}, {}).ok());
}

// The plain loops are what other processors than this one run.
TEST(ResizeTest, PlainLoopsGiveTheSameAsVectors) {
  const ResampleKernel* const vectors = Avx2Resample();
  if (vectors == nullptr) GTEST_SKIP() << "this processor has no AVX2";
  for (const auto& [from, to] : {std::pair(1, 1), {1, 9}, {2, 3}, {7, 2}, {9, 9}, {40, 11},
                                 {64, 63}, {63, 300}, {500, 31}, {1031, 97}}) {
    SCOPED_TRACE(testing::Message() << from << " to " << to);
    const ResampleWeights weights = BilinearWeights(from, to);
    for (const int other : {1, 2, 3, 17}) {
      const Image wide = Noise(from, other), tall = Noise(other, from);
      Image expected = Filled(to, other, 0), actual = expected;
      kGenericResample.columns(wide, weights, &expected);
      vectors->columns(wide, weights, &actual);
      EXPECT_EQ(actual.rgb, expected.rgb);
      expected = actual = Filled(other, to, 0);
      kGenericResample.rows(tall, weights, &expected);
      vectors->rows(tall, weights, &actual);
      EXPECT_EQ(actual.rgb, expected.rgb);
    }
  }
}

TEST(ResampleTest, ABoxIsAsIfItWereCutOut) {
  const Image image = Noise(90, 70);
  for (const Window& window : {Window{0, 0, 90, 70}, {13, 7, 40, 50}, {50, 30, 40, 40}}) {
    const Box box = {1.0 * window.left, 1.0 * window.top, 1.0 * window.width, 1.0 * window.height};
    for (const int side : {7, 40, 64}) {
      const Image got = Resample(image, box, side, side + 1);
      const Image want = Resample(CutWindow(image, window), side, side + 1);
      ASSERT_EQ(got.rgb.size(), want.rgb.size());
      for (size_t i = 0; i < got.rgb.size(); ++i) ASSERT_NEAR(got.rgb[i], want.rgb[i], 1);
    }
  }
}

// A slope stays where it is whatever part of a pixel the box begins at.
TEST(ResampleTest, CornersMayLieWithinPixels) {
  Image slope = Filled(100, 8, 0);
  for (size_t i = 0; i < slope.rgb.size(); ++i) slope.rgb[i] = static_cast<uint8_t>(i / 3 % 100 * 2);
  for (const double left : {10.0, 10.25, 10.5, 10.875}) {
    const Image out = Resample(slope, {left, 0, 60, 8}, 20, 4);
    // The middle of output pixel 10 lies at left + 31.5, half a pixel to the left of which level
    // 2 * (left + 31) begins.
    EXPECT_NEAR(out.rgb[10 * 3], 2 * (left + 31), 0.6) << left;
  }
}

TEST(LoadImageTest, TurnsBeforeItResizes) {
  PreprocessSpec spec;
  const std::string bytes = ReadBadImage("jpeg_exif_orientation_6.jpg");
  EXPECT_EQ(LoadImage(bytes, spec, {})->width, 341);
  spec.apply_exif_orientation = true;
  EXPECT_EQ(LoadImage(bytes, spec, {})->width, 256);
  EXPECT_EQ(LoadImage(bytes, spec, {})->height, 341);
}

TEST(LoadImageTest, HandsDecodingErrorsOn) {
  const absl::Status status = LoadImage("text", {}, {}).status();
  EXPECT_THAT(std::string(status.message()), testing::StartsWith("image: unsupported_format: "));
}

}  // namespace
}  // namespace fovea
