// The field of view of a fundus camera: a bright disc on a dark surround.
#pragma once

#include "common/quality/plane.h"

namespace fovea {

// A circle, and how much of it is seen. Lengths are in pixels of the plane it was found in; the
// centre of the first pixel is at (0.5, 0.5).
struct Field {
  double x = 0;
  double y = 0;
  double radius = 0;  // 0: none was found.

  // Share of the circle's directions inside the picture in which the picture turns from dark to
  // bright within 3 % of the radius: 0..1. Real photographs: mostly over 0.6, as top and bottom are
  // often masked flat.
  double edge_share = 0;
  // Share of the circle's area that is inside the picture and not dark: 0..1.
  double visible_share = 0;

  bool found() const { return radius > 0; }
  bool Contains(double px, double py, double scale = 1) const {
    const double dx = px - x, dy = py - y, r = radius * scale;
    return dx * dx + dy * dy <= r * r;
  }
  // The same circle in a picture that is so many times as large.
  Field ScaledBy(double scale) const {
    Field scaled = *this;
    scaled.x *= scale;
    scaled.y *= scale;
    scaled.radius *= scale;
    return scaled;
  }
};

// Finds the circle by the outermost pixels of each row and column that are brighter than the
// surround, for a few thresholds, and keeps the circle with the most edge. Dark spots inside do not
// matter, and neither do sides that are cut flat. Made for planes of about 64 pixels; the time goes
// with the number of pixels. A plane of one value has no field.
Field FindField(const Plane& luminance);

}  // namespace fovea
