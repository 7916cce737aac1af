// A photograph turned and scaled about its centre.
#pragma once

#include "common/preprocess/image.h"

namespace fovea {

// Turned counter-clockwise, and enlarged by a factor above 0.
struct Warp {
  double degrees = 0;
  double scale = 1;
};

// A window of the photograph as it is.
Image CutWindow(ImageView image, const Window& window);

// A window of the photograph after the warp, which leaves its centre and its size: bilinear between
// the four nearest pixels, black outside. The window lies within the photograph. Thread-safe.
Image WarpWindow(ImageView image, const Window& window, const Warp& warp);

}  // namespace fovea
