// The middle of measured times.
#pragma once

#include <algorithm>
#include <vector>

namespace fovea {

// The mean of the two in the middle where the count is even. Not of nothing.
inline double Median(std::vector<double> values) {
  const size_t middle = values.size() / 2;
  std::nth_element(values.begin(), values.begin() + middle, values.end());
  if (values.size() % 2 != 0) return values[middle];
  return (values[middle] + *std::max_element(values.begin(), values.begin() + middle)) / 2;
}

}  // namespace fovea
