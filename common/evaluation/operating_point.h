// How a yes-or-no task is answered at one threshold of its score.
#pragma once

#include <cstdint>

#include "common/evaluation/binary_task.h"

namespace fovea {

// Counts of right and wrong answers, and the shares that clinicians read. Each share is 0..1, and
// NaN where its denominator is 0. Not thread-safe; reading is.
struct OperatingPoint {
  double threshold = 0;  // The answer is yes at a score of at least this.
  int64_t true_positives = 0;
  int64_t false_positives = 0;
  int64_t true_negatives = 0;
  int64_t false_negatives = 0;

  void Add(bool positive, double score);

  double Sensitivity() const;  // TP / (TP + FN): of those affected, the share that is found.
  double Specificity() const;  // TN / (TN + FP): of those healthy, the share that is left alone.
  // Predictive values: of the answers yes, TP / (TP + FP), and no, TN / (TN + FN), the share that
  // is right. They hold for the share of positives in this data set only.
  double PositivePredictiveValue() const;
  double NegativePredictiveValue() const;
};

// Of all images of the task. Thread-safe.
OperatingPoint AtThreshold(const BinaryTask& task, double threshold);

}  // namespace fovea
