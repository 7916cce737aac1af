#include "common/evaluation/interval.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace fovea {
namespace {

// At the share `level` of the way through sorted values, linear between two of them.
double Quantile(const std::vector<double>& sorted, double level) {
  const double place = level * static_cast<double>(sorted.size() - 1);
  const size_t below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  const double share = place - static_cast<double>(below);
  return sorted[below] + share * (sorted[above] - sorted[below]);
}

}  // namespace

Interval PercentileInterval(std::vector<double> values) {
  Interval interval;
  interval.undefined = static_cast<int64_t>(
      std::erase_if(values, [](double value) { return std::isnan(value); }));
  if (values.empty()) return interval;
  std::sort(values.begin(), values.end());
  interval.low = Quantile(values, 0.025);
  interval.high = Quantile(values, 0.975);
  return interval;
}

}  // namespace fovea
