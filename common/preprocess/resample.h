// Antialiased bilinear resampling, bit for bit Pillow's.
#pragma once

#include "common/preprocess/image.h"

namespace fovea {

// `image` at width x height pixels, both at least 1: what Pillow's
// Image.resize((width, height), BILINEAR) gives, every value of it. Columns first, an 8-bit picture
// in between, then rows. Memory: that picture in between and the result. Deterministic, also
// across processors. Thread-safe.
Image Resample(const Image& image, int width, int height);

// A part of a picture whose corners may lie within pixels; not empty.
struct Box {
  double left = 0;
  double top = 0;
  double width = 0;
  double height = 0;
};

// The same of a box that lies in the picture, as if that had been cut out.
Image Resample(const Image& image, const Box& box, int width, int height);

}  // namespace fovea
