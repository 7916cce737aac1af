#include "common/quality/field.h"

#include <algorithm>
#include <bitset>
#include <cmath>
#include <numbers>

#include "common/quality/circle.h"

namespace fovea {
namespace {

constexpr double kSurroundRank = 0.03;  // This share of a photograph is surround at least.
constexpr double kBrightRank = 0.8;
constexpr double kMinContrast = 4;  // Grey levels between both; below, the picture is flat.
// Where between surround and bright the edge is looked for. The lowest finds edges in shadow, the
// highest a field on a noisy surround.
constexpr double kLevels[] = {0.06, 0.12, 0.25};
constexpr int kDirections = 72;
constexpr double kMinRadius = 0.2, kMaxRadius = 1.5;  // In units of the shorter side.

double EdgeTolerance(const Circle& circle) { return 0.03 * circle.radius + 0.3; }

// Where along a line of `length` values, `step` apart, the first two in a row exceed `level`;
// between pixels, in pixels from the line's start. Negative when that is at the picture's edge or
// nowhere.
double FirstRise(const float* line, int length, ptrdiff_t step, double level) {
  for (int i = 0; i + 1 < length; ++i) {
    const double here = line[i * step];
    if (here <= level || line[(i + 1) * step] <= level) continue;
    if (i == 0) return -1;
    const double before = std::min<double>(line[(i - 1) * step], level);
    return i - 0.5 + (level - before) / (here - before);
  }
  return -1;
}

struct Edges {
  std::vector<Point> of_rows, of_columns;
};

Edges FindEdges(const Plane& plane, double level) {
  Edges edges;
  const int w = plane.width, h = plane.height;
  for (int y = 0; y < h; ++y) {
    const float* row = &plane.value[static_cast<size_t>(y) * w];
    const double left = FirstRise(row, w, 1, level), right = FirstRise(row + w - 1, w, -1, level);
    if (left >= 0) edges.of_rows.push_back({left, y + 0.5});
    if (right >= 0) edges.of_rows.push_back({w - right, y + 0.5});
  }
  for (int x = 0; x < w; ++x) {
    const float* column = &plane.value[x];
    const float* last = column + static_cast<size_t>(h - 1) * w;
    const double top = FirstRise(column, h, w, level), bottom = FirstRise(last, h, -w, level);
    if (top >= 0) edges.of_columns.push_back({x + 0.5, top});
    if (bottom >= 0) edges.of_columns.push_back({x + 0.5, h - bottom});
  }
  return edges;
}

using Directions = std::bitset<kDirections>;

// In which the circle's line lies inside the picture.
Directions DirectionsInside(const Plane& plane, const Circle& circle) {
  Directions inside;
  for (int i = 0; i < kDirections; ++i) {
    const double angle = (i + 0.5) * 2 * std::numbers::pi / kDirections;
    const double x = circle.x + circle.radius * std::cos(angle);
    const double y = circle.y + circle.radius * std::sin(angle);
    inside[i] = x > 0.5 && y > 0.5 && x < plane.width - 0.5 && y < plane.height - 0.5;
  }
  return inside;
}

// In which an edge lies on the circle's line.
Directions DirectionsMet(const Circle& circle, const std::vector<Point>& edges) {
  Directions met;
  for (const Point& edge : edges) {
    if (std::abs(Distance(circle, edge)) > EdgeTolerance(circle)) continue;
    const double turn = std::atan2(edge.y - circle.y, edge.x - circle.x) / (2 * std::numbers::pi);
    met.set(static_cast<size_t>((turn + 1) * kDirections) % kDirections);
  }
  return met;
}

double VisibleShare(const Plane& plane, const Field& field, double level) {
  int count = 0;
  for (int y = 0; y < plane.height; ++y) {
    for (int x = 0; x < plane.width; ++x) {
      count += field.Contains(x + 0.5, y + 0.5) && plane.At(x, y) > level;
    }
  }
  return std::min(1.0, count / (std::numbers::pi * field.radius * field.radius));
}

}  // namespace

Field FindField(const Plane& luminance) {
  const double surround = Quantile(luminance.value, kSurroundRank);
  const double bright = Quantile(luminance.value, kBrightRank);
  if (bright - surround < kMinContrast) return {};
  const double side = std::min(luminance.width, luminance.height);
  Field best;
  size_t most = 0;
  for (const double part : kLevels) {
    const double level = surround + part * (bright - surround);
    const Edges edges = FindEdges(luminance, level);
    std::vector<Point> all = edges.of_rows;
    all.insert(all.end(), edges.of_columns.begin(), edges.of_columns.end());
    // Flat cuts above and below spoil only the edges of columns, cuts at the sides those of rows.
    const std::vector<Point>* const starts[] = {&edges.of_rows, &edges.of_columns, &all};
    for (const std::vector<Point>* start : starts) {
      const Circle circle = FitCircle(*start, all);
      if (circle.radius < kMinRadius * side || circle.radius > kMaxRadius * side) continue;
      const Directions met = DirectionsMet(circle, all);
      if (met.count() <= most) continue;
      most = met.count();
      const Directions inside = DirectionsInside(luminance, circle);
      best = {circle.x, circle.y, circle.radius};
      best.edge_share = static_cast<double>((met & inside).count()) /
                        static_cast<double>(std::max<size_t>(inside.count(), 1));
      best.visible_share = VisibleShare(luminance, best, level);
    }
  }
  return best;
}

}  // namespace fovea
