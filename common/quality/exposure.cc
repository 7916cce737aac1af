#include "common/quality/exposure.h"

#include <vector>

namespace fovea {
namespace {

constexpr double kInside = 0.95;
constexpr float kDark = 0.08f * 255, kSaturated = 0.96f * 255;

}  // namespace

Exposure MeasureExposure(const Plane& luminance, const Field& field) {
  std::vector<float> values;
  double dark = 0, saturated = 0;
  for (int y = 0; y < luminance.height; ++y) {
    for (int x = 0; x < luminance.width; ++x) {
      if (field.found() && !field.Contains(x + 0.5, y + 0.5, kInside)) continue;
      const float value = luminance.At(x, y);
      values.push_back(value);
      dark += value < kDark;
      saturated += value >= kSaturated;
    }
  }
  if (values.empty()) return {};
  const double count = static_cast<double>(values.size());
  return {Quantile(std::move(values), 0.5) / 255, dark / count, saturated / count};
}

}  // namespace fovea
