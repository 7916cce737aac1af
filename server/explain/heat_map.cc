#include "server/explain/heat_map.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace fovea {
namespace {

// Between which two input positions an output position lies, and how near the second.
struct Tap {
  int first = 0, second = 0;
  float share = 0;  // Of the second.
};

std::vector<Tap> Taps(int from, int to) {
  std::vector<Tap> taps(to);
  for (int i = 0; i < to; ++i) {
    const float scale = static_cast<float>(from) / static_cast<float>(to);
    const float inside = std::max((static_cast<float>(i) + 0.5f) * scale - 0.5f, 0.0f);
    taps[i].first = std::min(static_cast<int>(inside), from - 1);
    taps[i].second = std::min(taps[i].first + 1, from - 1);
    taps[i].share = inside - static_cast<float>(taps[i].first);
  }
  return taps;
}

}  // namespace

HeatMap GradCam(const ClassMaps& maps, int class_index) {
  HeatMap heat{maps.height, maps.width, {}};
  const size_t positions = static_cast<size_t>(maps.height) * maps.width;
  const float* map = maps.values.data() + positions * class_index;
  heat.values.resize(positions);
  float highest = 0;
  for (size_t i = 0; i < positions; ++i) {
    if (std::isfinite(map[i])) heat.values[i] = std::max(map[i], 0.0f);
    highest = std::max(highest, heat.values[i]);
  }
  if (highest > 0) {
    for (float& value : heat.values) value /= highest;
  }
  return heat;
}

HeatMap Enlarge(const HeatMap& heat, int side) {
  HeatMap large{side, side, {}};
  large.values.reserve(static_cast<size_t>(side) * side);
  const std::vector<Tap> columns = Taps(heat.width, side);
  for (const Tap& row : Taps(heat.height, side)) {
    const float* above = heat.values.data() + static_cast<size_t>(row.first) * heat.width;
    const float* below = heat.values.data() + static_cast<size_t>(row.second) * heat.width;
    for (const Tap& column : columns) {
      const float top = std::lerp(above[column.first], above[column.second], column.share);
      const float bottom = std::lerp(below[column.first], below[column.second], column.share);
      large.values.push_back(std::lerp(top, bottom, row.share));
    }
  }
  return large;
}

}  // namespace fovea
