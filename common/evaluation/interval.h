// Intervals of confidence from resamples.
#pragma once

#include <cstdint>
#include <vector>

#include "common/evaluation/undefined.h"

namespace fovea {

struct Interval {
  double low = kUndefined;   // The 2.5th percentile; NaN when no value is defined.
  double high = kUndefined;  // The 97.5th.
  int64_t undefined = 0;     // Resamples whose value was NaN; they are left out.
};

// The percentile interval of B. Efron (An Introduction to the Bootstrap, 1993, chapter 13), 95 %,
// of one metric's values in all resamples. Between two values as numpy.percentile. Thread-safe.
Interval PercentileInterval(std::vector<double> values);

}  // namespace fovea
