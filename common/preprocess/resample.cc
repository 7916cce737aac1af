#include "common/preprocess/resample.h"

#include <algorithm>

#include "common/preprocess/resample_kernels.h"

namespace fovea {
namespace {

constexpr int kChannels = 3;
constexpr int32_t kHalf = 1 << (kWeightBits - 1);

uint8_t FromFixedPoint(int32_t sum) {
  return static_cast<uint8_t>(std::clamp(sum >> kWeightBits, 0, 255));
}

// The weighted sum of `taps` values that lie `stride` bytes apart.
uint8_t Sum(const uint8_t* values, size_t stride, const int32_t* weights, int taps) {
  int32_t sum = kHalf;
  for (int tap = 0; tap < taps; ++tap) {
    if (weights[tap] == 0) continue;  // Also keeps from reading beyond the picture.
    sum += values[tap * stride] * weights[tap];
  }
  return FromFixedPoint(sum);
}

void GenericColumns(const Image& image, const ResampleWeights& axis, Image* out) {
  uint8_t* to = out->rgb.data();
  for (int y = 0; y < image.height; ++y) {
    const uint8_t* const row = &image.rgb[static_cast<size_t>(y) * image.width * kChannels];
    for (int x = 0; x < out->width; ++x) {
      const int32_t* const weights = &axis.weights[static_cast<size_t>(x) * axis.taps];
      for (int channel = 0; channel < kChannels; ++channel) {
        *to++ = Sum(row + axis.first[x] * kChannels + channel, kChannels, weights, axis.taps);
      }
    }
  }
}

void GenericRows(const Image& image, const ResampleWeights& axis, Image* out) {
  const size_t length = static_cast<size_t>(image.width) * kChannels;
  uint8_t* to = out->rgb.data();
  for (int y = 0; y < out->height; ++y) {
    const uint8_t* const first = &image.rgb[axis.first[y] * length];
    const int32_t* const weights = &axis.weights[static_cast<size_t>(y) * axis.taps];
    for (size_t i = 0; i < length; ++i) *to++ = Sum(first + i, length, weights, axis.taps);
  }
}

}  // namespace

const ResampleKernel kGenericResample = {GenericColumns, GenericRows};

Image Resample(const Image& image, int width, int height) {
  const Box whole = {0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
  return Resample(image, whole, width, height);
}

Image Resample(const Image& image, const Box& box, int width, int height) {
  static const ResampleKernel& kernel = Avx2Resample() ? *Avx2Resample() : kGenericResample;
  Image narrow = BlankImage(width, image.height);
  kernel.columns(image, BilinearWeights(image.width, box.left, box.width, width), &narrow);
  Image out = BlankImage(width, height);
  kernel.rows(narrow, BilinearWeights(image.height, box.top, box.height, height), &out);
  return out;
}

}  // namespace fovea
