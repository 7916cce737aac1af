#include "common/quality/circle.h"

#include <cmath>

namespace fovea {
namespace {

constexpr size_t kMinPoints = 8;
// How far from the circle a point may lie to count, as shares of the radius.
constexpr double kTolerances[] = {0.3, 0.15, 0.08, 0.05, 0.035, 0.03, 0.03, 0.03};

Circle LeastSquares(const std::vector<Point>& points) {
  if (points.size() < kMinPoints) return {};
  const double n = static_cast<double>(points.size());
  double mean_x = 0, mean_y = 0;
  for (const Point& p : points) {
    mean_x += p.x / n;
    mean_y += p.y / n;
  }
  // u, v: coordinates from the mean; the equations for the centre are linear.
  double uu = 0, uv = 0, vv = 0, u_square = 0, v_square = 0;
  for (const Point& p : points) {
    const double u = p.x - mean_x, v = p.y - mean_y, square = u * u + v * v;
    uu += u * u;
    uv += u * v;
    vv += v * v;
    u_square += u * square;
    v_square += v * square;
  }
  const double determinant = uu * vv - uv * uv;
  if (determinant <= 1e-9 * (uu + vv) * (uu + vv)) return {};
  const double u = 0.5 * (u_square * vv - v_square * uv) / determinant;
  const double v = 0.5 * (v_square * uu - u_square * uv) / determinant;
  return {mean_x + u, mean_y + v, std::sqrt(u * u + v * v + (uu + vv) / n)};
}

}  // namespace

double Distance(const Circle& circle, const Point& point) {
  return std::hypot(point.x - circle.x, point.y - circle.y) - circle.radius;
}

Circle FitCircle(const std::vector<Point>& start, const std::vector<Point>& all) {
  Circle circle = LeastSquares(start);
  std::vector<Point> near;
  for (const double tolerance : kTolerances) {
    if (circle.radius == 0) return circle;
    near.clear();
    for (const Point& p : all) {
      if (std::abs(Distance(circle, p)) <= tolerance * circle.radius) near.push_back(p);
    }
    circle = LeastSquares(near);
  }
  return circle;
}

}  // namespace fovea
