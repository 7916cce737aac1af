// Whether one of two models is right more often on the same images.
#pragma once

#include <cstdint>

namespace fovea {

struct McNemarResult {
  int64_t only_first_right = 0;   // b: images that the first model alone classes rightly.
  int64_t only_second_right = 0;  // c: those that the second one alone does.
  bool exact = false;             // Whether the binomial distribution was used.
  double statistic = 0;           // Chi-square with one degree of freedom; NaN when exact.
  double p_value = 1;             // Two-sided, 0..1; 1 when b = c.
};

// The test of Q. McNemar (Psychometrika 12, 1947) of "b and c are equally likely". Below 25
// discordant pairs b + c, exact: p = 2 P(X <= min(b, c)), X binomial of b + c and 1/2, at most 1.
// Otherwise chi-square with A. L. Edwards's correction (Psychometrika 13, 1948):
//   max(|b - c| - 1, 0)^2 / (b + c).
// It takes images as independent: where patients have several, p is too low, and the paired
// bootstrap of comparison.h is the one to trust. Thread-safe.
McNemarResult McNemarTest(int64_t only_first_right, int64_t only_second_right);

}  // namespace fovea
