// Bounds between the classes on the expected class, for a high kappa.
#pragma once

#include <vector>

#include "absl/status/statusor.h"

namespace fovea {

// Cut points for ClassOfCutPoints, rising, num_classes - 1 of them, with which each class is
// answered for as many of these images as have it; to be fitted on validation images. Quadratic
// weighted kappa is near its highest where answers and labels have the same shares; a search for its
// highest value itself can follow the noise of a small validation part. A bound is in the middle
// between two neighbours; of neighbours with the same expected class both are above it. Where all
// labels are one class, the middles between the classes (0.5, 1.5, ...). INVALID_ARGUMENT for: fewer
// than two classes, no images, lists of different length, a label that is not a class, an expected
// class outside 0 .. num_classes - 1. Thread-safe.
absl::StatusOr<std::vector<double>> FitCutPoints(int num_classes,
                                                 const std::vector<double>& expected_classes,
                                                 const std::vector<int>& labels);

}  // namespace fovea
