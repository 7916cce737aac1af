// The choice of a threshold, to be made on validation images and never on those of the test.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "common/evaluation/ranking.h"

namespace fovea {

// Both choose among the scores that occur; of thresholds that are equally good they take the lowest
// one that finds the most positives. `counts` are of a Ranking. INVALID_ARGUMENT without a positive
// or without a negative image. Thread-safe.

// The threshold of the highest J = sensitivity + specificity - 1 (W. J. Youden, Cancer 3, 1950).
absl::StatusOr<double> HighestYouden(const std::vector<ThresholdCounts>& counts);

// The threshold of the highest specificity among those whose sensitivity is at least
// `sensitivity_floor`, which must be above 0 and at most 1.
absl::StatusOr<double> HighestSpecificity(const std::vector<ThresholdCounts>& counts,
                                          double sensitivity_floor);

}  // namespace fovea
