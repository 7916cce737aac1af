#include "common/preprocess/random_resized_crop.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace fovea {
namespace {

TEST(RandomResizedWindow, KeepsAreaAspectAndPlace) {
  constexpr int kWidth = 341, kHeight = 256;
  double smallest = 1, largest = 0, narrowest = 9, widest = 0;
  for (uint64_t i = 0; i < 2000; ++i) {
    RandomStream random({1, i});
    const Window window = RandomResizedWindow(kWidth, kHeight, 0.25, random);
    ASSERT_GE(window.left, 0);
    ASSERT_GE(window.top, 0);
    ASSERT_LE(window.left + window.width, kWidth);
    ASSERT_LE(window.top + window.height, kHeight);
    const double area = static_cast<double>(window.width) * window.height / (kWidth * kHeight);
    const double aspect = static_cast<double>(window.width) / window.height;
    smallest = std::min(smallest, area);
    largest = std::max(largest, area);
    narrowest = std::min(narrowest, aspect);
    widest = std::max(widest, aspect);
  }
  // A pixel more or less by rounding.
  EXPECT_NEAR(smallest, 0.25, 0.01);
  EXPECT_GT(largest, 0.9);
  EXPECT_NEAR(narrowest, 0.75, 0.02);
  EXPECT_NEAR(widest, 4.0 / 3, 0.02);
}

TEST(RandomResizedWindow, TakesTheLargestAtTheCentreWhereNothingFits) {
  RandomStream random({1});
  // No window of the whole area and an allowed aspect fits.
  EXPECT_EQ(RandomResizedWindow(400, 100, 1, random), (Window{133, 0, 133, 100}));
  EXPECT_EQ(RandomResizedWindow(75, 400, 1, random), (Window{0, 150, 75, 100}));
}

TEST(RandomResizedWindow, TheSameStreamGivesTheSameWindow) {
  RandomStream a({3, 4}), b({3, 4}), c({3, 5});
  const Window window = RandomResizedWindow(64, 64, 0.25, a);
  EXPECT_EQ(window, RandomResizedWindow(64, 64, 0.25, b));
  EXPECT_FALSE(window == RandomResizedWindow(64, 64, 0.25, c));
}

}  // namespace
}  // namespace fovea
