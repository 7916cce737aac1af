#include "common/quality/plane.h"

#include <algorithm>

namespace fovea {
namespace {

// The mean of the pixels within `radius` of each pixel of a row, by a running sum.
void MeanAlongRow(const float* in, float* out, int length, int radius) {
  double sum = 0;
  int count = 0;
  for (int x = -radius; x < length; ++x) {
    if (x + radius < length) {
      sum += in[x + radius];
      ++count;
    }
    if (x - radius > 0) {
      sum -= in[x - radius - 1];
      --count;
    }
    if (x >= 0) out[x] = static_cast<float>(sum / count);
  }
}

void AddRow(const Plane& plane, int y, double sign, std::vector<double>& sums) {
  const float* row = &plane.value[static_cast<size_t>(y) * plane.width];
  for (int x = 0; x < plane.width; ++x) sums[x] += sign * row[x];
}

}  // namespace

Plane Channel(ImageView image, int channel) {
  Plane plane(image.width, image.height);
  const uint8_t* pixel = image.rgb + channel;
  for (float& value : plane.value) {
    value = *pixel;
    pixel += 3;
  }
  return plane;
}

Plane Luminance(ImageView image) {
  Plane plane(image.width, image.height);
  const uint8_t* pixel = image.rgb;
  for (float& value : plane.value) {
    value = 0.299f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2];
    pixel += 3;
  }
  return plane;
}

Plane BoxMean(const Plane& plane, int radius) {
  Plane rows(plane.width, plane.height), mean(plane.width, plane.height);
  for (int y = 0; y < plane.height; ++y) {
    const size_t start = static_cast<size_t>(y) * plane.width;
    MeanAlongRow(&plane.value[start], &rows.value[start], plane.width, radius);
  }
  std::vector<double> sums(plane.width);
  int count = 0;
  for (int y = -radius; y < plane.height; ++y) {
    if (y + radius < plane.height) {
      AddRow(rows, y + radius, 1, sums);
      ++count;
    }
    if (y - radius > 0) {
      AddRow(rows, y - radius - 1, -1, sums);
      --count;
    }
    if (y < 0) continue;
    for (int x = 0; x < plane.width; ++x) mean.At(x, y) = static_cast<float>(sums[x] / count);
  }
  return mean;
}

float Quantile(std::vector<float> values, double rank) {
  if (values.empty()) return 0;
  const auto place = values.begin() + static_cast<ptrdiff_t>(rank * (values.size() - 1));
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

}  // namespace fovea
