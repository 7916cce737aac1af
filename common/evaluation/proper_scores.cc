#include "common/evaluation/proper_scores.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace fovea {

double LogLoss(std::span<const double> probabilities, int label) {
  const double probability = probabilities[static_cast<size_t>(label)];
  return -std::log(std::max(probability, std::numeric_limits<double>::epsilon()));
}

double BrierScore(std::span<const double> probabilities, int label) {
  double sum = 0;
  for (size_t i = 0; i < probabilities.size(); ++i) {
    const double error = probabilities[i] - (i == static_cast<size_t>(label) ? 1 : 0);
    sum += error * error;
  }
  return sum;
}

}  // namespace fovea
