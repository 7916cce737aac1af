#include "common/quality/sharpness.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "common/quality/plane.h"

namespace fovea {
namespace {

constexpr double kInside = 0.85;
constexpr double kRank = 0.98;
// Rounding to whole grey levels alone makes that much of the finest detail.
constexpr double kRounding = 0.6;
constexpr int kFineRadius = 1, kBroadRadius = 4;

// Sums of the green values above and to the left of each corner of pixels, by which any rectangle's
// sum takes four look-ups (F. C. Crow, SIGGRAPH 1984). They wrap around, as their differences do.
class GreenSums {
 public:
  explicit GreenSums(const Image& image)
      : width_(image.width),
        height_(image.height),
        sums_(static_cast<size_t>(width_ + 1) * (height_ + 1)) {
    const uint8_t* green = image.rgb.data() + 1;
    for (int y = 0; y < height_; ++y) {
      uint32_t row = 0;
      for (int x = 0; x < width_; ++x, green += 3) {
        row += *green;
        sums_[Corner(x + 1, y + 1)] = sums_[Corner(x + 1, y)] + row;
      }
    }
  }

  // Of the square of 2 * radius + 1 pixels, as far as it is in the picture.
  float Mean(int x, int y, int radius) const {
    const int left = std::max(x - radius, 0), right = std::min(x + radius + 1, width_);
    const int top = std::max(y - radius, 0), bottom = std::min(y + radius + 1, height_);
    const uint32_t sum = sums_[Corner(right, bottom)] - sums_[Corner(left, bottom)] -
                         sums_[Corner(right, top)] + sums_[Corner(left, top)];
    return static_cast<float>(sum) / static_cast<float>((right - left) * (bottom - top));
  }

 private:
  size_t Corner(int x, int y) const { return static_cast<size_t>(y) * (width_ + 1) + x; }

  const int width_, height_;
  std::vector<uint32_t> sums_;
};

}  // namespace

double MeasureSharpness(const Image& image, const Field& field) {
  const GreenSums sums(image);
  std::vector<float> finest, broader;
  for (int y = 0; y < image.height; ++y) {
    for (int x = y % 2; x < image.width; x += 2) {  // Half of the pixels, as on a chessboard.
      if (field.found() && !field.Contains(x + 0.5, y + 0.5, kInside)) continue;
      const float fine = sums.Mean(x, y, kFineRadius);
      const float green = image.rgb[(static_cast<size_t>(y) * image.width + x) * 3 + 1];
      finest.push_back(std::abs(green - fine));
      broader.push_back(std::abs(fine - sums.Mean(x, y, kBroadRadius)));
    }
  }
  const double fine_detail = Quantile(std::move(finest), kRank) - kRounding;
  const double broad_detail = Quantile(std::move(broader), kRank);
  return fine_detail <= 0 ? 0 : fine_detail / std::max(broad_detail, kRounding);
}

}  // namespace fovea
