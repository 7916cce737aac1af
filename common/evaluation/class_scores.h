// How well each class is found.
#pragma once

#include <cstdint>
#include <vector>

#include "common/evaluation/confusion_matrix.h"

namespace fovea {

// Of one class, with TP = O_cc: as sklearn.metrics.precision_recall_fscore_support(average=None,
// labels=range(num_classes), zero_division=0). Each is 0..1, and 0 where its denominator is 0; that
// the class did not occur or was never predicted shows in the counts.
struct ClassScores {
  double precision = 0;   // TP / images predicted as the class.
  double recall = 0;      // TP / images of the class.
  double f1 = 0;          // 2 TP / (images of the class + images predicted as the class).
  int64_t support = 0;    // Images of the class.
  int64_t predicted = 0;  // Images predicted as the class.
};

// By class. Thread-safe.
std::vector<ClassScores> ScoreClasses(const ConfusionMatrix& confusion);

// The mean F1 of the classes that occur or were predicted, 0..1; NaN without images. Equals
// sklearn.metrics.f1_score(average="macro", zero_division=0), which leaves out other classes too.
// Thread-safe.
double MacroF1(const ConfusionMatrix& confusion);

}  // namespace fovea
