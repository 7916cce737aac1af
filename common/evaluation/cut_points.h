// Bounds between the classes on the expected class, fitted for kappa.
#pragma once

#include <vector>

#include "absl/status/statusor.h"

namespace fovea {

// Cut points for ClassOfCutPoints, rising, num_classes - 1 of them, with which the quadratic weighted
// kappa on these images is high; to be fitted on validation images. Coordinate ascent: from the
// middles between the classes (0.5, 1.5, ...) and from the quantiles of the labels, each bound in turn
// goes to the best place among the middles between neighbouring expected classes, until none moves;
// the better of the two ends is taken, the first of equals. This is a local optimum: kappa has no
// slope to follow. A bound that nothing on these images depends on stays where it began. Without a
// kappa (all labels are one class) the middles between the classes. The same on each run.
// INVALID_ARGUMENT for: fewer than two classes, no images, lists of different length, a label that is
// not a class, an expected class outside 0 .. num_classes - 1. Thread-safe.
absl::StatusOr<std::vector<double>> FitCutPoints(int num_classes,
                                                 const std::vector<double>& expected_classes,
                                                 const std::vector<int>& labels);

}  // namespace fovea
