// Lines and steps in a plane: vessels of a retina are thin dark lines.
#pragma once

#include <array>
#include <vector>

#include "common/quality/plane.h"

namespace fovea {

// Strongest answers over 8 directions, in grey levels, at least 0.
struct LineResponse {
  float dark_line = 0;    // How much darker than both sides.
  float bright_line = 0;  // How much brighter than both sides.
  float step = 0;         // How much the two sides differ.
};

// Looks for lines of 2 * half_length + 1 pixels and compares them with their sides at a distance of
// 2 pixels. Thread-safe once made.
class LineDetector {
 public:
  // For planes of that width.
  LineDetector(int plane_width, int half_length);

  // For the line with its middle at a pixel at least `margin` from the plane's edges.
  LineResponse At(const Plane& plane, int x, int y) const;
  int margin() const { return margin_; }

 private:
  // Places of the pixels of a line and of its sides, from its middle.
  using Line = std::vector<int>;
  struct Template {
    Line centre, left, right;
  };

  static constexpr int kDirections = 8;
  const int margin_;
  std::array<Template, kDirections> templates_;
};

}  // namespace fovea
