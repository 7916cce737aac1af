#include "common/preprocess/warp.h"

#include <gtest/gtest.h>

#include "common/base/random_stream.h"

namespace fovea {
namespace {

Image Noise(int width, int height) {
  Image image{width, height, {}};
  RandomStream random({static_cast<uint64_t>(width), static_cast<uint64_t>(height)});
  for (int i = 0; i < width * height * 3; ++i) {
    image.rgb.push_back(static_cast<uint8_t>(random.Below(256)));
  }
  return image;
}

Image WarpAll(const Image& image, const Warp& warp) {
  return WarpWindow(image, {0, 0, image.width, image.height}, warp);
}

int Red(const Image& image, int x, int y) {
  return image.rgb[(static_cast<size_t>(y) * image.width + x) * 3];
}

TEST(CutWindow, CopiesTheRectangle) {
  const Image image = Noise(7, 5);
  const Image window = CutWindow(image, {2, 1, 4, 3});
  ASSERT_EQ(window.width, 4);
  ASSERT_EQ(window.height, 3);
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 4; ++x) EXPECT_EQ(Red(window, x, y), Red(image, x + 2, y + 1));
  }
  EXPECT_EQ(CutWindow(image, {0, 0, 7, 5}).rgb, image.rgb);
}

TEST(WarpWindow, NothingToDoLeavesEveryPixel) {
  const Image image = Noise(20, 13);
  EXPECT_EQ(WarpAll(image, {}).rgb, image.rgb);
}

TEST(WarpWindow, HalfATurnTwiceIsTheIdentity) {
  for (const auto& [width, height] : {std::pair(20, 13), std::pair(8, 8), std::pair(5, 7)}) {
    const Image image = Noise(width, height);
    const Image turned = WarpAll(image, {180, 1});
    EXPECT_EQ(Red(turned, 0, 0), Red(image, width - 1, height - 1));
    EXPECT_NE(turned.rgb, image.rgb);
    EXPECT_EQ(WarpAll(turned, {180, 1}).rgb, image.rgb);
  }
}

TEST(WarpWindow, TurnsCounterClockwise) {
  const Image image = Noise(9, 9);
  const Image turned = WarpAll(image, {90, 1});
  // The top right corner goes to the top left one.
  EXPECT_EQ(Red(turned, 0, 0), Red(image, 8, 0));
  EXPECT_EQ(Red(turned, 0, 8), Red(image, 0, 0));
}

TEST(WarpWindow, EnlargesAboutTheCentre) {
  Image image{3, 1, {10, 10, 10, 20, 20, 20, 40, 40, 40}};
  const Image twice = WarpAll(image, {0, 2});
  EXPECT_EQ(Red(twice, 0, 0), 15);
  EXPECT_EQ(Red(twice, 1, 0), 20);
  EXPECT_EQ(Red(twice, 2, 0), 30);
}

TEST(WarpWindow, IsBlackOutside) {
  const Image white{9, 9, std::vector<uint8_t>(9 * 9 * 3, 255)};
  const Image turned = WarpAll(white, {45, 1});
  EXPECT_EQ(Red(turned, 0, 0), 0);
  EXPECT_EQ(Red(turned, 4, 4), 255);
  const Image half = WarpAll(white, {0, 0.5});
  EXPECT_EQ(Red(half, 0, 4), 0);
  EXPECT_EQ(Red(half, 4, 4), 255);
}

TEST(WarpWindow, AWindowIsAPartOfTheWhole) {
  const Image image = Noise(20, 13);
  const Warp warp = {33, 1.1};
  const Window window = {3, 2, 9, 8};
  EXPECT_EQ(WarpWindow(image, window, warp).rgb, CutWindow(WarpAll(image, warp), window).rgb);
}

}  // namespace
}  // namespace fovea
