// What a metric gives where it is not defined.
#pragma once

#include <cmath>
#include <limits>
#include <vector>

namespace fovea {

// Not a number. A metric that is undefined for its input is this, never a made-up 0 or 1.
inline constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// part / whole; undefined when `whole` is 0.
inline double Share(double part, double whole) { return whole == 0 ? kUndefined : part / whole; }

// The mean of those values that are defined; undefined when none is.
inline double MeanOfDefined(const std::vector<double>& values) {
  double sum = 0;
  double count = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  return Share(sum, count);
}

}  // namespace fovea
