#include "common/preprocess/random_resized_crop.h"

#include <cmath>

namespace fovea {
namespace {

constexpr int kTries = 10;
constexpr double kMinAspect = 3.0 / 4;
constexpr double kMaxAspect = 4.0 / 3;

int Round(double value) { return static_cast<int>(std::lround(value)); }

Window LargestAtCentre(int width, int height) {
  const double aspect = static_cast<double>(width) / height;
  Window window = {0, 0, width, height};
  if (aspect < kMinAspect) window.height = Round(width / kMinAspect);
  if (aspect > kMaxAspect) window.width = Round(height * kMaxAspect);
  window.left = (width - window.width) / 2;
  window.top = (height - window.height) / 2;
  return window;
}

}  // namespace

Window RandomResizedWindow(int width, int height, double min_area, RandomStream& random) {
  const double all = static_cast<double>(width) * height;
  for (int i = 0; i < kTries; ++i) {
    const double area = all * random.Uniform(min_area, 1);
    const double aspect = std::exp(random.Uniform(std::log(kMinAspect), std::log(kMaxAspect)));
    Window window;
    window.width = Round(std::sqrt(area * aspect));
    window.height = Round(std::sqrt(area / aspect));
    if (window.width < 1 || window.width > width) continue;
    if (window.height < 1 || window.height > height) continue;
    window.left = static_cast<int>(random.Below(width - window.width + 1));
    window.top = static_cast<int>(random.Below(height - window.height + 1));
    return window;
  }
  return LargestAtCentre(width, height);
}

}  // namespace fovea
