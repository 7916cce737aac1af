#include "common/preprocess/fundus.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/base/random_stream.h"
#include "common/preprocess/preprocess.h"
#include "common/preprocess/warp.h"
#include "tests/testing/phantom.h"

namespace fovea {
namespace {

// A phantom, whose disc fills its square.
Image Fundus(int side, int grade = 2) {
  return PaintPhantom({.patient = 3, .grade = grade, .width = side, .height = side});
}

// Pasted onto black; what does not fit is cut.
Image OnBlack(const Image& image, int width, int height, int left, int top) {
  Image canvas = BlankImage(width, height);
  for (int y = std::max(0, -top); y < std::min(image.height, height - top); ++y) {
    for (int x = std::max(0, -left); x < std::min(image.width, width - left); ++x) {
      std::copy_n(&image.rgb[(static_cast<size_t>(y) * image.width + x) * 3], 3,
                  &canvas.rgb[(static_cast<size_t>(y + top) * width + x + left) * 3]);
    }
  }
  return canvas;
}

// Adds 0 to `most` to every value, as a noisy sensor does.
void AddNoise(int most, Image* image) {
  RandomStream random({5});
  for (uint8_t& value : image->rgb) {
    value = static_cast<uint8_t>(std::min<uint64_t>(255, value + random.Below(most + 1)));
  }
}

void ExpectNear(const Window& got, const Window& want, int tolerance) {
  EXPECT_NEAR(got.left, want.left, tolerance);
  EXPECT_NEAR(got.top, want.top, tolerance);
  EXPECT_NEAR(got.left + got.width, want.left + want.width, tolerance);
  EXPECT_NEAR(got.top + got.height, want.top + want.height, tolerance);
}

// Where the disc of a phantom of that side is, wherever the phantom is pasted.
Window DiscOf(int side, int left, int top) {
  const Window disc = FundusWindow(OnBlack(Fundus(side), 2 * side, 2 * side, side / 2, side / 2));
  return {disc.left - side / 2 + left, disc.top - side / 2 + top, disc.width, disc.height};
}

TEST(FundusWindowTest, ThePhantomFillsItsSquare) {
  ExpectNear(DiscOf(400, 0, 0), {0, 0, 400, 400}, 24);
}

TEST(FundusWindowTest, WideMarginsGo) {
  const Image image = OnBlack(Fundus(400), 1000, 640, 350, 90);
  ExpectNear(FundusWindow(image), DiscOf(400, 350, 90), 5);
}

TEST(FundusWindowTest, DoesNotDependOnTheSize) {
  const Image large = OnBlack(Fundus(800), 2000, 1400, 500, 300);
  ExpectNear(FundusWindow(large), DiscOf(800, 500, 300), 8);
  const Image small = OnBlack(Fundus(60), 120, 80, 40, 10);
  ExpectNear(FundusWindow(small), DiscOf(60, 40, 10), 2);
}

TEST(FundusWindowTest, ACircleCutTopAndBottomKeepsThePictureHeight) {
  const Image image = OnBlack(Fundus(400), 800, 300, 150, -50);
  const Window window = FundusWindow(image);
  EXPECT_EQ(window.top, 0);
  EXPECT_EQ(window.height, 300);
  EXPECT_NEAR(window.left, DiscOf(400, 150, 0).left, 5);
  EXPECT_NEAR(window.width, DiscOf(400, 150, 0).width, 8);
}

TEST(FundusWindowTest, NoiseInTheDarkMarginDoesNotMatter) {
  for (const int most : {10, 30, 60}) {
    Image image = OnBlack(Fundus(400), 900, 600, 240, 100);
    AddNoise(most, &image);
    ExpectNear(FundusWindow(image), DiscOf(400, 240, 100), 8);
  }
}

TEST(FundusWindowTest, ATightPhotographIsNearlyUnchanged) {
  const Window disc = DiscOf(400, 0, 0);
  const Image tight = CutWindow(Fundus(400), {std::max(0, disc.left), std::max(0, disc.top),
                                           std::min(400, disc.width), std::min(400, disc.height)});
  const Window window = FundusWindow(tight);
  EXPECT_GE(window.width, tight.width * 0.98);
  EXPECT_GE(window.height, tight.height * 0.98);
}

TEST(FundusWindowTest, WithoutADiscThePictureStaysWhole) {
  const Image black = BlankImage(300, 200);
  EXPECT_EQ(FundusWindow(black), (Window{0, 0, 300, 200}));
  Image grey = BlankImage(300, 200);
  std::fill(grey.rgb.begin(), grey.rgb.end(), 90);
  EXPECT_EQ(FundusWindow(grey), (Window{0, 0, 300, 200}));
  AddNoise(100, &grey);
  EXPECT_EQ(FundusWindow(grey), (Window{0, 0, 300, 200}));
  for (const auto& [width, height] : {std::pair(1, 1), std::pair(1, 40), std::pair(3, 2)}) {
    EXPECT_EQ(FundusWindow(BlankImage(width, height)), (Window{0, 0, width, height}));
  }
}

TEST(FundusWindowTest, ABrightMarginStaysIn) {
  // A disc beside a bright wall: what the disc leaves out is no surround.
  Image image = OnBlack(Fundus(300), 800, 400, 20, 50);
  for (int y = 0; y < 400; ++y) {
    for (int x = 500; x < 800; ++x) {
      std::fill_n(&image.rgb[(static_cast<size_t>(y) * 800 + x) * 3], 3, 200);
    }
  }
  EXPECT_EQ(FundusWindow(image), (Window{0, 0, 800, 400}));
}

TEST(PrepareImageTest, TheFundusHasOneSizeWhateverTheMargins) {
  PreprocessSpec spec;
  spec.crop_to_fundus = true;
  const Image one = OnBlack(Fundus(400), 1000, 640, 350, 90);
  const Image other = OnBlack(Fundus(400), 700, 500, 100, 40);
  for (const Image* image : {&one, &other}) {
    const Image prepared = PrepareImage(DecodedImage(*image), spec).value();
    EXPECT_EQ(std::min(prepared.width, prepared.height), 256);
    EXPECT_LE(std::max(prepared.width, prepared.height), 262);
    EXPECT_NEAR(FindFundus(prepared).radius, 127, 3);
  }
}

}  // namespace
}  // namespace fovea
