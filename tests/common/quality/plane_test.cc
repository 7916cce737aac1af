#include "common/quality/plane.h"

#include <algorithm>

#include "common/base/random_stream.h"
#include "gtest/gtest.h"

namespace fovea {
namespace {

double MeanAround(const Plane& plane, int x0, int y0, int radius) {
  double sum = 0;
  int count = 0;
  for (int y = y0 - radius; y <= y0 + radius; ++y) {
    for (int x = x0 - radius; x <= x0 + radius; ++x) {
      if (!plane.Contains(x, y)) continue;
      sum += plane.At(x, y);
      ++count;
    }
  }
  return sum / count;
}

// At edges the mean is over fewer pixels, so for planes narrower than the square too.
TEST(BoxMeanTest, IsTheMeanOfThePixelsAround) {
  RandomStream random({1});
  for (const auto& [width, height] : {std::pair{17, 9}, {3, 5}, {1, 4}}) {
    Plane plane(width, height);
    for (float& value : plane.value) value = static_cast<float>(random.Below(256));
    for (const int radius : {0, 1, 4}) {
      const Plane mean = BoxMean(plane, radius);
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          EXPECT_NEAR(mean.At(x, y), MeanAround(plane, x, y, radius), 1e-3);
        }
      }
    }
  }
}

TEST(QuantileTest, IsTheValueAtThatRank) {
  EXPECT_EQ(Quantile({5, 1, 4, 2, 3}, 0), 1);
  EXPECT_EQ(Quantile({5, 1, 4, 2, 3}, 0.5), 3);
  EXPECT_EQ(Quantile({5, 1, 4, 2, 3}, 1), 5);
  EXPECT_EQ(Quantile({}, 0.5), 0);
}

TEST(ChannelTest, TakesOneOfThreeBytes) {
  const Image image{2, 1, {1, 2, 3, 4, 5, 6}};
  EXPECT_EQ(Channel(image, 1).value, (std::vector<float>{2, 5}));
  EXPECT_NEAR(Luminance(image).At(1, 0), 0.299 * 4 + 0.587 * 5 + 0.114 * 6, 1e-5);
}

}  // namespace
}  // namespace fovea
