// Temperature scaling: one number that makes a network as confident as it is right, and leaves its
// classes as they are (Guo et al., On Calibration of Modern Neural Networks, ICML 2017).
#pragma once

#include <vector>

#include "absl/status/statusor.h"

namespace fovea {

// The outputs of a network before softmax, row-major, num_classes an image.
struct Logits {
  int num_classes = 0;
  std::vector<double> values = {};
};

inline constexpr double kLowestTemperature = 0.05;
inline constexpr double kHighestTemperature = 100;

// softmax(logits / temperature), in the form of Predictions::probabilities. `temperature` must be
// above 0; 1 gives plain softmax, more gives less confidence. Thread-safe.
std::vector<double> Softmax(const Logits& logits, double temperature);

// The temperature, within the limits above, with the lowest mean log loss of softmax(logits /
// temperature) on these labels; to be fitted on validation images. By bisection of the slope of the
// loss, which is convex in 1 / temperature, so the result is the only one and the same on each run.
// The lowest temperature when every image is right (no confidence would be too high), the highest
// one when the logits say less than chance, 1 when no temperature changes the loss.
// INVALID_ARGUMENT for: fewer than two classes, no images, lists of the wrong length, a label that
// is not a class, a logit that is not finite. Thread-safe.
absl::StatusOr<double> FitTemperature(const Logits& logits, const std::vector<int>& labels);

}  // namespace fovea
