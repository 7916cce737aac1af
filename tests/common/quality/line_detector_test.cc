#include "common/quality/line_detector.h"

#include <cmath>

#include "gtest/gtest.h"

namespace fovea {
namespace {

constexpr int kShortLine = 3, kLongLine = 6;
constexpr int kSide = 25, kMiddle = 12;

Plane Grey() {
  Plane plane(kSide, kSide);
  for (float& value : plane.value) value = 100;
  return plane;
}

LineResponse DetectLine(const Plane& plane, int x, int y, int half_length) {
  return LineDetector(plane.width, half_length).At(plane, x, y);
}

TEST(LineDetectorTest, FlatGroundHasNothing) {
  const LineResponse response = DetectLine(Grey(), kMiddle, kMiddle, kShortLine);
  EXPECT_EQ(response.dark_line, 0);
  EXPECT_EQ(response.bright_line, 0);
  EXPECT_EQ(response.step, 0);
}

TEST(LineDetectorTest, ADarkLineInAnyDirection) {
  for (const int direction : {0, 1, 2, 3}) {
    Plane plane = Grey();
    for (int i = -kMiddle; i <= kMiddle; ++i) {
      const int dx[] = {1, 0, 1, 1}, dy[] = {0, 1, 1, -1};
      plane.At(kMiddle + i * dx[direction], kMiddle + i * dy[direction]) = 60;
    }
    for (const int half_length : {kShortLine, kLongLine}) {
      const LineResponse response = DetectLine(plane, kMiddle, kMiddle, half_length);
      EXPECT_GT(response.dark_line, 25) << direction;
      EXPECT_LT(response.bright_line, 10) << direction;
    }
  }
}

TEST(LineDetectorTest, AStepIsNoLine) {
  Plane plane = Grey();
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kMiddle; ++x) plane.At(x, y) = 20;
  }
  const LineResponse response = DetectLine(plane, kMiddle, kMiddle, kShortLine);
  EXPECT_GT(response.step, 70);
  EXPECT_LT(response.dark_line, 20);
}

TEST(LineDetectorTest, MayBeAskedUpToItsMargin) {
  const Plane plane = Grey();
  const int low = LineDetector(kSide, kLongLine).margin(), high = kSide - 1 - low;
  EXPECT_EQ(DetectLine(plane, low, low, kLongLine).step, 0);
  EXPECT_EQ(DetectLine(plane, high, high, kLongLine).step, 0);
}

}  // namespace
}  // namespace fovea
