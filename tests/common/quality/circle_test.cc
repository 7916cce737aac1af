#include "common/quality/circle.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"

namespace fovea {
namespace {

std::vector<Point> Arc(double x, double y, double radius, double from, double to, int count) {
  std::vector<Point> points;
  for (int i = 0; i < count; ++i) {
    const double angle = from + (to - from) * i / (count - 1);
    points.push_back({x + radius * std::cos(angle), y + radius * std::sin(angle)});
  }
  return points;
}

TEST(FitCircleTest, FindsTheCircleOfAnArc) {
  const std::vector<Point> points = Arc(30, 40, 25, 0.2, 2.0, 40);
  const Circle circle = FitCircle(points, points);
  EXPECT_NEAR(circle.x, 30, 1e-6);
  EXPECT_NEAR(circle.y, 40, 1e-6);
  EXPECT_NEAR(circle.radius, 25, 1e-6);
}

TEST(FitCircleTest, PointsAstrayDoNotCount) {
  std::vector<Point> points = Arc(30, 40, 25, 0, 6, 60);
  for (int i = 0; i < 12; ++i) points.push_back({20.0 + i, 22});  // A flat top.
  const Circle circle = FitCircle(points, points);
  EXPECT_NEAR(circle.y, 40, 0.1);
  EXPECT_NEAR(circle.radius, 25, 0.1);
}

TEST(FitCircleTest, NoCircleThroughALineOrFewPoints) {
  std::vector<Point> line;
  for (int i = 0; i < 20; ++i) line.push_back({1.0 * i, 2.0 * i});
  EXPECT_EQ(FitCircle(line, line).radius, 0);
  const std::vector<Point> few = Arc(0, 0, 10, 0, 6, 7);
  EXPECT_EQ(FitCircle(few, few).radius, 0);
  EXPECT_EQ(FitCircle({}, {}).radius, 0);
}

TEST(DistanceTest, IsNegativeInside) {
  EXPECT_DOUBLE_EQ(Distance({1, 1, 5}, {1, 9}), 3);
  EXPECT_DOUBLE_EQ(Distance({1, 1, 5}, {2, 1}), -4);
}

}  // namespace
}  // namespace fovea
