#include "common/evaluation/mcnemar.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "common/evaluation/undefined.h"

namespace fovea {
namespace {

constexpr int64_t kExactBelow = 25;

// P(X <= most), X binomial of `draws` and 1/2.
double BinomialAtMost(int64_t most, int64_t draws) {
  double ways = 1;  // To choose i of the draws.
  double sum = 0;
  for (int64_t i = 0; i <= most; ++i) {
    sum += ways;
    ways = ways * static_cast<double>(draws - i) / static_cast<double>(i + 1);
  }
  return std::ldexp(sum, static_cast<int>(-draws));
}

// P(X >= value), X chi-square with one degree of freedom: the square of a standard normal.
double ChiSquareAtLeast(double value) { return std::erfc(std::sqrt(value / 2)); }

}  // namespace

McNemarResult McNemarTest(int64_t only_first_right, int64_t only_second_right) {
  const int64_t discordant = only_first_right + only_second_right;
  McNemarResult result = {.only_first_right = only_first_right,
                          .only_second_right = only_second_right,
                          .exact = discordant < kExactBelow};
  if (result.exact) {
    const int64_t fewer = std::min(only_first_right, only_second_right);
    result.statistic = kUndefined;
    result.p_value = std::min(1.0, 2 * BinomialAtMost(fewer, discordant));
    return result;
  }
  const double distance = static_cast<double>(std::abs(only_first_right - only_second_right));
  const double corrected = std::max(distance - 1, 0.0);
  result.statistic = corrected * corrected / static_cast<double>(discordant);
  result.p_value = ChiSquareAtLeast(result.statistic);
  return result;
}

}  // namespace fovea
