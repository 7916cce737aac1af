// One channel of a picture as floats: what the measures of quality compute on.
#pragma once

#include <cstddef>
#include <vector>

#include "common/preprocess/image.h"

namespace fovea {

// Rows from the top, values 0..255 unless said otherwise.
struct Plane {
  int width = 0;
  int height = 0;
  std::vector<float> value;  // height * width.

  Plane(int w, int h) : width(w), height(h), value(static_cast<size_t>(w) * h) {}

  float At(int x, int y) const { return value[static_cast<size_t>(y) * width + x]; }
  float& At(int x, int y) { return value[static_cast<size_t>(y) * width + x]; }
  bool Contains(int x, int y) const { return x >= 0 && x < width && y >= 0 && y < height; }
};

// Channel 0 (red), 1 (green) or 2 (blue).
Plane Channel(ImageView image, int channel);

// Luma of ITU-R BT.601: 0.299 red + 0.587 green + 0.114 blue.
Plane Luminance(ImageView image);

// Mean over the square of 2 * radius + 1 pixels around each pixel, as far as it is in the picture.
Plane BoxMean(const Plane& plane, int radius);

// The value that the share `rank` (0..1) of `values` does not exceed; 0 for none.
float Quantile(std::vector<float> values, double rank);

}  // namespace fovea
