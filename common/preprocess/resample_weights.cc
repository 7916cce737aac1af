#include "common/preprocess/resample_weights.h"

#include <algorithm>
#include <cmath>

namespace fovea {
namespace {

double Triangle(double x) { return std::max(0.0, 1.0 - std::abs(x)); }

int32_t ToFixedPoint(double weight) {
  return static_cast<int32_t>(weight * (1 << kWeightBits) + 0.5);
}

}  // namespace

ResampleWeights BilinearWeights(int input, double from, double length, int output) {
  const double scale = length / output;
  const double reach = std::max(scale, 1.0);
  const double inverse_reach = 1.0 / reach;
  const int lowest = std::max(static_cast<int>(std::floor(from)), 0);
  const int highest = std::min(static_cast<int>(std::ceil(from + length)), input);
  ResampleWeights out;
  out.taps = static_cast<int>(std::ceil(reach)) * 2 + 1;
  out.first.resize(static_cast<size_t>(output));
  out.weights.assign(out.first.size() * static_cast<size_t>(out.taps), 0);
  std::vector<double> exact(static_cast<size_t>(out.taps));
  for (int position = 0; position < output; ++position) {
    const double centre = from + (position + 0.5) * scale;
    const int begin = std::max(static_cast<int>(centre - reach + 0.5), lowest);
    const int end = std::min(static_cast<int>(centre + reach + 0.5), highest);
    double total = 0;
    for (int i = begin; i < end; ++i) {
      exact[i - begin] = Triangle((i - centre + 0.5) * inverse_reach);
      total += exact[i - begin];
    }
    out.first[position] = begin;
    int32_t* const weights = &out.weights[static_cast<size_t>(position) * out.taps];
    for (int i = begin; i < end; ++i) weights[i - begin] = ToFixedPoint(exact[i - begin] / total);
  }
  return out;
}

}  // namespace fovea
