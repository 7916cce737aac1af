#include "common/preprocess/colour.h"

#include <algorithm>

namespace fovea {
namespace {

uint8_t Blend(float factor, uint8_t value, float other) {
  const float blended = factor * value + (1.0f - factor) * other;
  return static_cast<uint8_t>(std::clamp(blended, 0.0f, 255.0f));
}

void BlendAll(float factor, float other, Image* image) {
  for (uint8_t& value : image->rgb) value = Blend(factor, value, other);
}

uint8_t Grey(const uint8_t* pixel) {
  return static_cast<uint8_t>(0.2989f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2]);
}

}  // namespace

void AdjustBrightness(float factor, Image* image) { BlendAll(factor, 0.0f, image); }

void AdjustContrast(float factor, Image* image) {
  int64_t sum = 0;
  for (size_t i = 0; i < image->rgb.size(); i += 3) sum += Grey(&image->rgb[i]);
  const double pixels = static_cast<double>(image->rgb.size() / 3);
  BlendAll(factor, static_cast<float>(static_cast<double>(sum) / pixels), image);
}

void AdjustSaturation(float factor, Image* image) {
  for (size_t i = 0; i < image->rgb.size(); i += 3) {
    uint8_t* const pixel = &image->rgb[i];
    const float grey = Grey(pixel);
    for (int channel = 0; channel < 3; ++channel) {
      pixel[channel] = Blend(factor, pixel[channel], grey);
    }
  }
}

}  // namespace fovea
