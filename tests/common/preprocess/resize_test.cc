#include <cstdint>
#include <string>
#include <utility>

#include "common/preprocess/preprocess.h"
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
