#include "common/evaluation/operating_point.h"

#include "common/evaluation/undefined.h"

namespace fovea {
namespace {

// Of right answers and the wrong ones that share their denominator.
double ShareOfRight(int64_t right, int64_t wrong) {
  return Share(static_cast<double>(right), static_cast<double>(right + wrong));
}

}  // namespace

void OperatingPoint::Add(bool positive, double score) {
  const bool yes = score >= threshold;
  if (positive) {
    ++(yes ? true_positives : false_negatives);
  } else {
    ++(yes ? false_positives : true_negatives);
  }
}

double OperatingPoint::Sensitivity() const { return ShareOfRight(true_positives, false_negatives); }

double OperatingPoint::Specificity() const { return ShareOfRight(true_negatives, false_positives); }

double OperatingPoint::PositivePredictiveValue() const {
  return ShareOfRight(true_positives, false_positives);
}

double OperatingPoint::NegativePredictiveValue() const {
  return ShareOfRight(true_negatives, false_negatives);
}

OperatingPoint AtThreshold(const BinaryTask& task, double threshold) {
  OperatingPoint point = {.threshold = threshold};
  for (size_t i = 0; i < task.score.size(); ++i) point.Add(task.positive[i], task.score[i]);
  return point;
}

}  // namespace fovea
