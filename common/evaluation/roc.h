// Receiver operating characteristic: how many positives are found at the price of how many false
// alarms (T. Fawcett, Pattern Recognition Letters 27, 2006).
#pragma once

#include <vector>

#include "common/evaluation/ranking.h"

namespace fovea {

// The area beneath the curve, by the trapezoidal rule: the probability that a positive image scores
// higher than a negative one, ties counted as half; 0..1, 0.5 by chance. `counts` are of a Ranking.
// NaN without a positive or without a negative image. sklearn.metrics.roc_auc_score. Thread-safe.
double RocAuc(const std::vector<ThresholdCounts>& counts);

struct RocPoint {
  double threshold = 0;            // Positive is a score of at least this.
  double false_positive_rate = 0;  // 1 - specificity.
  double true_positive_rate = 0;   // Sensitivity.
};

// The curve from (0, 0), whose threshold is infinite, to (1, 1), without points halfway between
// their neighbours: sklearn.metrics.roc_curve. A rate is NaN when there are no images
// for it. Empty without images. Thread-safe.
std::vector<RocPoint> RocCurve(const std::vector<ThresholdCounts>& counts);

}  // namespace fovea
