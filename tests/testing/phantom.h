// SYNTHETIC fundus photographs, painted by arithmetic: for tests and for the quick start. They look
// like the real thing from afar, show lesions that grow with the grade, and are nobody's eye.
#pragma once

#include <cstdint>
#include <string>

#include "common/preprocess/image.h"

namespace fovea {

// What is painted. The same values give the same pixels.
struct Phantom {
  uint64_t patient = 0;  // Both eyes of a patient share colours, texture and the run of vessels.
  int grade = 0;         // 0..4, of diabetic retinopathy.
  bool left = false;     // The left eye has the optic disc at the left.
  int width = 256;       // Pixels, at least 16; the fundus fills the shorter side.
  int height = 256;
};

// Thread-safe, as are the others.
Image PaintPhantom(const Phantom& phantom);

// With quality 92 and 4:2:0, as cameras do; the file has no metadata.
std::string EncodeJpeg(const Image& image);
std::string EncodePng(const Image& image);

}  // namespace fovea
