// The metrics of a whole data set that are one number each.
#pragma once

#include <cstddef>

#include "absl/strings/string_view.h"

namespace fovea {

// "Macro" is the mean over the classes for which the metric is defined, NaN when it is for none.
// The headers that are named define the metrics below them.
enum class Metric {
  // confusion_matrix.h; class_scores.h for macro F1.
  kAccuracy,
  kMajorityBaseline,
  kBalancedAccuracy,
  kMacroF1,
  kQuadraticWeightedKappa,
  kMeanAbsoluteError,
  // roc.h and precision_recall.h, of each class against the rest.
  kMacroRocAuc,
  kMacroAveragePrecision,
  // proper_scores.h and reliability.h.
  kLogLoss,
  kBrierScore,
  kExpectedCalibrationError,
  // Of grade 2 or more: roc.h, precision_recall.h, and operating_point.h at a given threshold.
  kReferableRocAuc,
  kReferableAveragePrecision,
  kReferableSensitivity,
  kReferableSpecificity,
  kReferablePositivePredictiveValue,
  kReferableNegativePredictiveValue,
  // Of grade 3 or more, the same.
  kVisionThreateningRocAuc,
  kVisionThreateningAveragePrecision,
  kVisionThreateningSensitivity,
  kVisionThreateningSpecificity,
  kVisionThreateningPositivePredictiveValue,
  kVisionThreateningNegativePredictiveValue,
};

// How many there are; a Metric is an index below it.
inline constexpr size_t kMetricCount =
    static_cast<size_t>(Metric::kVisionThreateningNegativePredictiveValue) + 1;

// For instance "quadratic_weighted_kappa". Thread-safe.
absl::string_view MetricName(Metric metric);

}  // namespace fovea
