// From what a network says about an image to an answer: one way for training, evaluations and serving.
#pragma once

#include <span>
#include <vector>

#include "absl/status/status.h"

namespace fovea {

// How logits become answers. The default leaves them as they are: plain softmax, the most probable
// class, and yes from a probability of one half on.
struct DecisionRule {
  double temperature = 1;  // Logits are divided by it before the softmax; above 0.
  // Of GradeAtLeast, 0..1: from which score on an image is referable, or vision-threatening.
  double referable_threshold = 0.5;
  double vision_threatening_threshold = 0.5;
  // Rising bounds between the classes on the expected class, one fewer than there are classes. Empty:
  // the class is the most probable one.
  std::vector<double> cut_points = {};
};

struct Decision {
  std::vector<double> probabilities;  // One a class; they add up to 1.
  double expected_class = 0;          // Sum over classes k of k * p_k.
  int predicted = 0;
  // Five classes only, otherwise false and 0: probability of grade 2 (3) or more.
  bool referable = false;
  double referable_score = 0;
  bool vision_threatening = false;
  double vision_threatening_score = 0;
};

// INVALID_ARGUMENT for a temperature that is not above 0 and finite, a threshold outside 0..1, and cut
// points that do not rise or are not num_classes - 1 or none.
absl::Status ValidateDecisionRule(const DecisionRule& rule, int num_classes);

// Sum over classes k of k * p_k.
double ExpectedClass(std::span<const double> probabilities);

// The number of cut points (rising) that `expected_class` is at or above.
int ClassOfCutPoints(const std::vector<double>& cut_points, double expected_class);

// What a valid rule makes of the logits of one image, at least two. Of several views of an image
// they are the mean over the views, not the probabilities: then the probabilities are the geometric
// mean of those of the views, normalised, to which the temperature applies as it does to one view.
// Thread-safe.
Decision Decide(const DecisionRule& rule, std::span<const double> logits);

}  // namespace fovea
