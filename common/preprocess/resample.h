// Antialiased bilinear resampling, bit for bit Pillow's.
#pragma once

#include "common/preprocess/image.h"

namespace fovea {

// `image` at width x height pixels, both at least 1: what Pillow's
// Image.resize((width, height), BILINEAR) gives, every value of it. Columns first, an 8-bit picture
// in between, then rows. Memory: that picture in between and the result. Deterministic, also
// across processors. Thread-safe.
Image Resample(const Image& image, int width, int height);

}  // namespace fovea
