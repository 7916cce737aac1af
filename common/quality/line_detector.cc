#include "common/quality/line_detector.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fovea {
namespace {

constexpr int kSideDistance = 2;

float MeanOf(const std::vector<int>& line, const float* middle) {
  float sum = 0;
  for (const int place : line) sum += middle[place];
  return sum / static_cast<float>(line.size());
}

}  // namespace

LineDetector::LineDetector(int plane_width, int half_length)
    : margin_(half_length + kSideDistance + 1) {
  for (int direction = 0; direction < kDirections; ++direction) {
    const double angle = direction * std::numbers::pi / kDirections;
    const double along_x = std::cos(angle), along_y = std::sin(angle);
    const auto place = [&](int along, int across) {
      return static_cast<int>(std::lround(along * along_y + across * along_x)) * plane_width +
             static_cast<int>(std::lround(along * along_x - across * along_y));
    };
    for (int i = -half_length; i <= half_length; ++i) {
      templates_[direction].centre.push_back(place(i, 0));
      templates_[direction].left.push_back(place(i, -kSideDistance));
      templates_[direction].right.push_back(place(i, kSideDistance));
    }
  }
}

LineResponse LineDetector::At(const Plane& plane, int x, int y) const {
  const float* middle = &plane.value[static_cast<size_t>(y) * plane.width + x];
  LineResponse strongest;
  for (const Template& line : templates_) {
    const float centre = MeanOf(line.centre, middle);
    const float left = MeanOf(line.left, middle), right = MeanOf(line.right, middle);
    strongest.dark_line = std::max(strongest.dark_line, std::min(left, right) - centre);
    strongest.bright_line = std::max(strongest.bright_line, centre - std::max(left, right));
    strongest.step = std::max(strongest.step, std::abs(left - right));
  }
  return strongest;
}

}  // namespace fovea
