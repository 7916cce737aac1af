#include "server/explain/overlay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

#include "common/base/random_stream.h"
#include "common/preprocess/preprocess.h"

namespace fovea {
namespace {

Image Noise(int side) {
  Image image = BlankImage(side, side);
  RandomStream random({5});
  for (uint8_t& value : image.rgb) value = static_cast<uint8_t>(random.Below(256));
  return image;
}

std::vector<float> TensorOf(const Image& image, const PreprocessSpec& spec) {
  std::vector<float> tensor(image.rgb.size());
  ToTensor(image, {}, spec, tensor.data());
  return tensor;
}

// Rec. 709, of gamma-coded values: enough to order colours by lightness.
double Lightness(const Image& image, size_t pixel) {
  const uint8_t* rgb = image.rgb.data() + pixel * 3;
  return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
}

Image Decode(const std::string& png) {
  const cv::Mat bgr = cv::imdecode(std::vector<uint8_t>(png.begin(), png.end()), cv::IMREAD_COLOR);
  Image image = BlankImage(bgr.cols, bgr.rows);
  for (size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = bgr.data[i - i % 3 + 2 - i % 3];
  return image;
}

TEST(CropOfTest, UndoesToTensorExactly) {
  PreprocessSpec spec = {.resize_short_side = 64, .crop_size = 64};
  const Image image = Noise(64);
  EXPECT_EQ(CropOf(TensorOf(image, spec).data(), spec).rgb, image.rgb);
  spec.mean = {0, 1, 0.3f};
  spec.std = {1, 0.01f, 3};
  EXPECT_EQ(CropOf(TensorOf(image, spec).data(), spec).rgb, image.rgb);
}

TEST(OverlayTest, NoHeatLeavesThePhotographAsItIs) {
  const Image crop = Noise(32);
  EXPECT_EQ(Overlay(crop, {1, 1, {0}}).rgb, crop.rgb);
  // Nor does heat elsewhere change it.
  const Image half = Overlay(crop, {1, 2, {0, 1}});
  for (int i = 0; i < 8 * 3; ++i) EXPECT_EQ(half.rgb[i], crop.rgb[i]);
  EXPECT_NE(half.rgb, crop.rgb);
}

TEST(OverlayTest, TheHotterTheLighterOnADarkGround) {
  const Image overlay = Overlay(BlankImage(256, 256), {1, 2, {0, 1}});
  for (size_t x = 1; x < 256; ++x) {
    if (x >= 127 && x <= 129) continue;  // The outline.
    EXPECT_GE(Lightness(overlay, x) + 1, Lightness(overlay, x - 1)) << x;
  }
  EXPECT_EQ(Lightness(overlay, 127), 0);
  EXPECT_NEAR(Lightness(overlay, 128), 255, 1e-9);
  EXPECT_GT(Lightness(overlay, 255), 120);
  // Viridis ends in yellow: 3/5 of (253, 231, 37).
  EXPECT_NEAR(overlay.rgb[255 * 3], 152, 1);
  EXPECT_NEAR(overlay.rgb[255 * 3 + 1], 139, 1);
  EXPECT_NEAR(overlay.rgb[255 * 3 + 2], 22, 1);
}

TEST(DrawExplanationTest, APngOfTheCropWithTheHeatWhereItIs) {
  const PreprocessSpec spec = {.resize_short_side = 40, .crop_size = 32};
  const Image crop = Noise(32);
  // The class speaks for itself in the lower right corner.
  const ClassMaps maps = {.input = 0, .classes = 2, .height = 4, .width = 4,
                          .values = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                     -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5}};
  const auto png = DrawExplanation(TensorOf(crop, spec).data(), spec, maps, 1);
  ASSERT_TRUE(png.ok()) << png.status();
  const Image picture = Decode(*png);
  ASSERT_EQ(picture.width, 32);
  ASSERT_EQ(picture.height, 32);
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 32; ++x) {
      const size_t at = (static_cast<size_t>(y) * 32 + x) * 3;
      const bool same = std::equal(&crop.rgb[at], &crop.rgb[at] + 3, &picture.rgb[at]);
      const bool cold = x < 20 || y < 20;
      const bool hot = x > 27 && y > 27;
      EXPECT_TRUE(same || !cold) << x << " " << y;
      EXPECT_FALSE(same && hot) << x << " " << y;
    }
  }
}

TEST(DrawExplanationTest, FitsIntoAMessageWhateverTheLargestCropShows) {
  const PreprocessSpec spec = {.resize_short_side = 1024, .crop_size = 1024};
  const Image noise = Noise(1024);
  ClassMaps maps = {
      .input = 0, .classes = 1, .height = 32, .width = 32, .values = std::vector<float>(1024)};
  RandomStream random({6});
  for (float& value : maps.values) value = static_cast<float>(random.Below(1000));
  const auto png = DrawExplanation(TensorOf(noise, spec).data(), spec, maps, 0);
  ASSERT_TRUE(png.ok()) << png.status();
  EXPECT_LT(png->size(), (size_t{4} << 20) - (64 << 10));
}

}  // namespace
}  // namespace fovea
