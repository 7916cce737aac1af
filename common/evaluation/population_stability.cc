#include "common/evaluation/population_stability.h"

#include <cmath>
#include <numeric>

#include "common/evaluation/undefined.h"

namespace fovea {
namespace {

constexpr double kAdded = 0.5;

int64_t Sum(std::span<const int64_t> counts) {
  return std::accumulate(counts.begin(), counts.end(), int64_t{0});
}

double SmoothedShare(int64_t count, int64_t total, size_t classes) {
  return (static_cast<double>(count) + kAdded) /
         (static_cast<double>(total) + kAdded * static_cast<double>(classes));
}

}  // namespace

double PopulationStabilityIndex(std::span<const int64_t> actual,
                                std::span<const int64_t> expected) {
  const int64_t actual_total = Sum(actual);
  const int64_t expected_total = Sum(expected);
  if (actual.size() != expected.size() || actual_total == 0 || expected_total == 0) {
    return kUndefined;
  }
  double index = 0;
  for (size_t i = 0; i < actual.size(); ++i) {
    const double a = SmoothedShare(actual[i], actual_total, actual.size());
    const double e = SmoothedShare(expected[i], expected_total, expected.size());
    index += (a - e) * std::log(a / e);
  }
  return index;
}

}  // namespace fovea
