#include "common/preprocess/local_average.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "common/preprocess/fundus.h"
#include "tests/testing/phantom.h"

namespace fovea {
namespace {

constexpr double kSigma = 256 / 60.0;

Image Grey(int width, int height, int value) {
  Image image = BlankImage(width, height);
  std::fill(image.rgb.begin(), image.rgb.end(), static_cast<uint8_t>(value));
  return image;
}

int At(const Image& image, int x, int y, int channel = 0) {
  return image.rgb[(static_cast<size_t>(y) * image.width + x) * 3 + channel];
}

// By definition, in double precision; of a picture without a disc, so that all of it counts.
double ByDefinition(const Image& image, int x, int y, int channel) {
  const int radius = static_cast<int>(std::lround(3 * kSigma));
  double sum = 0, weights = 0;
  for (int v = std::max(0, y - radius); v <= std::min(image.height - 1, y + radius); ++v) {
    for (int u = std::max(0, x - radius); u <= std::min(image.width - 1, x + radius); ++u) {
      const double weight =
          std::exp(-0.5 * ((u - x) * (u - x) + (v - y) * (v - y)) / (kSigma * kSigma));
      sum += weight * At(image, u, v, channel);
      weights += weight;
    }
  }
  return std::clamp(128 + 4 * (At(image, x, y, channel) - sum / weights), 0.0, 255.0);
}

TEST(LocalAverageTest, IsTheFormula) {
  Image image = BlankImage(60, 40);
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 60; ++x) {
      for (int c = 0; c < 3; ++c) {
        const double wave = std::sin(x * (0.2 + 0.1 * c)) + std::cos(y * 0.3);
        image.rgb[(static_cast<size_t>(y) * 60 + x) * 3 + c] =
            static_cast<uint8_t>(128 + 12 * wave);
      }
    }
  }
  ASSERT_FALSE(FindFundus(image).found());
  Image got = image;
  SubtractLocalAverage(kSigma, &got);
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 60; ++x) {
      for (int c = 0; c < 3; ++c) {
        EXPECT_NEAR(At(got, x, y, c), ByDefinition(image, x, y, c), 1.5) << x << " " << y;
      }
    }
  }
}

TEST(LocalAverageTest, WhatIsEvenBecomesMiddleGrey) {
  for (const int value : {0, 1, 100, 255}) {
    Image image = Grey(50, 40, value);
    SubtractLocalAverage(kSigma, &image);
    EXPECT_TRUE(std::all_of(image.rgb.begin(), image.rgb.end(),
                            [](uint8_t v) { return v == 128; })) << value;
  }
}

TEST(LocalAverageTest, EvensOutTheLighting) {
  const Image bright = PaintPhantom({.patient = 3, .grade = 3, .width = 256, .height = 256});
  Image dim = bright;
  for (uint8_t& value : dim.rgb) value = static_cast<uint8_t>(value * 7 / 10);
  Image a = bright, b = dim;
  SubtractLocalAverage(kSigma, &a);
  SubtractLocalAverage(kSigma, &b);
  double before = 0, after = 0;
  for (size_t i = 0; i < a.rgb.size(); ++i) {
    before += std::abs(bright.rgb[i] - dim.rgb[i]);
    after += std::abs(a.rgb[i] - b.rgb[i]);
  }
  EXPECT_LT(after, before / 3);
}

TEST(LocalAverageTest, OutsideTheFundusIsBlackAndTheRimIsNotBright) {
  const Image image = PaintPhantom({.patient = 3, .grade = 0, .width = 256, .height = 256});
  const Field field = FindFundus(image);
  ASSERT_TRUE(field.found());
  Image got = image;
  SubtractLocalAverage(kSigma, &got);
  int rim = 0;
  double sum = 0;
  for (int y = 0; y < 256; ++y) {
    for (int x = 0; x < 256; ++x) {
      const double distance = std::hypot(x + 0.5 - field.x, y + 0.5 - field.y);
      if (distance > field.radius) {
        EXPECT_EQ(At(got, x, y), 0) << x << " " << y;
      }
      if (distance < 0.9 * field.radius || distance > 0.97 * field.radius) continue;
      ++rim;
      sum += At(got, x, y, 1);
    }
  }
  // A plain Gaussian over the dark surround would lift the rim by about 100.
  EXPECT_NEAR(sum / rim, 128, 40);
}

TEST(LocalAverageTest, WhatTheCameraMaskedFlatIsBlack) {
  Image image = PaintPhantom({.patient = 3, .grade = 0, .width = 256, .height = 256});
  std::fill_n(image.rgb.begin(), 40 * 256 * 3, 0);
  ASSERT_TRUE(FindFundus(image).found());
  SubtractLocalAverage(kSigma, &image);
  EXPECT_TRUE(std::all_of(image.rgb.begin(), image.rgb.begin() + 38 * 256 * 3,
                          [](uint8_t value) { return value == 0; }));
  EXPECT_GT(At(image, 128, 60), 0);
}

TEST(LocalAverageTest, SmallPicturesAndKernelsWiderThanThem) {
  for (const auto& [width, height] : {std::pair(1, 1), std::pair(3, 40), std::pair(40, 2)}) {
    Image image = Grey(width, height, 77);
    SubtractLocalAverage(1024 / 60.0, &image);
    EXPECT_NEAR(At(image, width - 1, height - 1, 2), 128, 4);
  }
  Image image = Grey(32, 32, 77);
  SubtractLocalAverage(32 / 60.0, &image);
  EXPECT_EQ(At(image, 31, 31), 128);
}

}  // namespace
}  // namespace fovea
