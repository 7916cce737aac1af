// The weights of one axis of Pillow's antialiased bilinear resampling, in its fixed point.
#pragma once

#include <cstdint>
#include <vector>

namespace fovea {

// Bits behind the point of a weight: products with 8-bit values and their sums fit 32 bits.
inline constexpr int kWeightBits = 22;

// An output position is the weighted sum of `taps` neighbouring input positions.
struct ResampleWeights {
  int taps = 0;                  // The same for every output position, with zeros behind.
  std::vector<int> first;        // By output position: its first input position.
  std::vector<int32_t> weights;  // By output position, `taps` each; they add up to 2^22, nearly.
};

// The triangle filter, as wide as the shrink factor (at least 1) on either side of an output
// position's centre; computed in double, normalised, then rounded half up, as Pillow does
// (src/libImaging/Resample.c of Pillow describes the method). `input` and `output` are lengths in
// pixels, at least 1; what becomes `output` begins at `from` in the input and has that length, more
// than 0; pixels that are all outside of it do not count. Thread-safe.
ResampleWeights BilinearWeights(int input, double from, double length, int output);
inline ResampleWeights BilinearWeights(int input, int output) {
  return BilinearWeights(input, 0, input, output);
}

}  // namespace fovea
