#include "common/preprocess/warp.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fovea {
namespace {

// Adds a pixel with a weight; black outside the picture adds nothing.
void Add(ImageView image, int x, int y, float weight, float* sum) {
  if (x < 0 || y < 0 || x >= image.width || y >= image.height) return;
  const uint8_t* const pixel = image.rgb + (static_cast<size_t>(y) * image.width + x) * 3;
  for (int channel = 0; channel < 3; ++channel) sum[channel] += weight * pixel[channel];
}

// The picture at a place in pixels, 0 being the centre of the first one.
void Bilinear(ImageView image, double x, double y, uint8_t* out) {
  const double left = std::floor(x);
  const double top = std::floor(y);
  const float right_share = static_cast<float>(x - left);
  const float low_share = static_cast<float>(y - top);
  const int column = static_cast<int>(left);
  const int row = static_cast<int>(top);
  float sum[3] = {0.5f, 0.5f, 0.5f};  // Rounds to the nearest.
  Add(image, column, row, (1 - right_share) * (1 - low_share), sum);
  Add(image, column + 1, row, right_share * (1 - low_share), sum);
  Add(image, column, row + 1, (1 - right_share) * low_share, sum);
  Add(image, column + 1, row + 1, right_share * low_share, sum);
  for (int channel = 0; channel < 3; ++channel) {
    out[channel] = static_cast<uint8_t>(std::min(sum[channel], 255.0f));
  }
}

}  // namespace

Image CutWindow(ImageView image, const Window& window) {
  Image out = BlankImage(window.width, window.height);
  const size_t row_bytes = static_cast<size_t>(window.width) * 3;
  for (int y = 0; y < window.height; ++y) {
    const size_t first = static_cast<size_t>(window.top + y) * image.width + window.left;
    std::copy_n(image.rgb + first * 3, row_bytes, out.rgb.begin() + y * row_bytes);
  }
  return out;
}

Image WarpWindow(ImageView image, const Window& window, const Warp& warp) {
  Image out = BlankImage(window.width, window.height);
  const double angle = warp.degrees * std::numbers::pi / 180;
  // Back from where a pixel goes to where it comes from; rows count downwards.
  const double cosine = std::cos(angle) / warp.scale;
  const double sine = std::sin(angle) / warp.scale;
  const double centre_x = (image.width - 1) / 2.0;
  const double centre_y = (image.height - 1) / 2.0;
  uint8_t* to = out.rgb.data();
  for (int row = 0; row < window.height; ++row) {
    const double y = window.top + row - centre_y;
    for (int column = 0; column < window.width; ++column, to += 3) {
      const double x = window.left + column - centre_x;
      Bilinear(image, centre_x + cosine * x - sine * y, centre_y + sine * x + cosine * y, to);
    }
  }
  return out;
}

}  // namespace fovea
