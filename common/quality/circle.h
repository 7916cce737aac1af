// A circle through points of which some are astray.
#pragma once

#include <vector>

namespace fovea {

struct Point {
  double x = 0;
  double y = 0;
};

struct Circle {
  double x = 0;
  double y = 0;
  double radius = 0;  // 0: no circle.
};

// From the circle's line outwards; negative inside.
double Distance(const Circle& circle, const Point& point);

// The least-squares circle (I. Kasa, IEEE Trans. Instrum. Meas. 25, 1976) through `start`, then
// again and again through those of `all` that lie near it, nearer each time. Radius 0 when fewer
// than 8 points remain or they lie on a line.
Circle FitCircle(const std::vector<Point>& start, const std::vector<Point>& all);

}  // namespace fovea
