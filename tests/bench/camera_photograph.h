// Small photographs as a camera would have stored them: large JPEGs, for measuring what the size of
// a file changes.
#pragma once

#include <cstdint>
#include <string>

#include "common/preprocess/image.h"

namespace fovea {

struct Camera {
  int height = 2592;  // Of the file, in pixels; the width is 3/2 of it.
  double grain = 0;   // Standard deviation of the sensor's noise, in levels of 0..255.
  uint64_t seed = 0;  // Of the noise.
};

// `photograph` enlarged by Lanczos's filter until it fills the height or the width of a black frame,
// in the middle of that, with noise where it is not black, as JPEG with quality 92 and 4:2:0. The
// same values give the same bytes. Thread-safe.
std::string StoredByCamera(const Image& photograph, const Camera& camera);

}  // namespace fovea
