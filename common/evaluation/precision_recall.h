// Precision against recall, which show rare positives better than ROC figures do (Saito and
// Rehmsmeier, PLOS ONE 10, 2015).
#pragma once

#include <vector>

#include "common/evaluation/ranking.h"

namespace fovea {

// sum_n (R_n - R_(n-1)) P_n over the thresholds, falling, with recall R and precision P; 0..1, the
// share of positives by chance. `counts` are of a Ranking. NaN without a positive image, where
// sklearn.metrics.average_precision_score, otherwise equal, warns and gives 0. 1 without a negative
// image. Thread-safe.
double AveragePrecision(const std::vector<ThresholdCounts>& counts);

struct PrecisionRecallPoint {
  double threshold = 0;  // Positive is a score of at least this.
  double precision = 0;
  double recall = 0;
};

// The curve by falling threshold, from (recall 0, precision 1), whose threshold is infinite,
// without points between two of the same recall: sklearn.metrics.precision_recall_curve with
// drop_intermediate=True, in reverse order. Empty without a positive image, where scikit-learn
// warns and takes recall as 1. Thread-safe.
std::vector<PrecisionRecallPoint> PrecisionRecallCurve(const std::vector<ThresholdCounts>& counts);

}  // namespace fovea
