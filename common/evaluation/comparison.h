// Whether one model is better than another one on the same images.
#pragma once

#include <array>

#include "absl/status/statusor.h"
#include "common/evaluation/bootstrap.h"
#include "common/evaluation/interval.h"
#include "common/evaluation/mcnemar.h"
#include "common/evaluation/metric.h"
#include "common/evaluation/predictions.h"
#include "common/evaluation/scalar_metrics.h"

namespace fovea {

struct ComparisonOptions {
  DecisionThresholds first_thresholds = {};
  DecisionThresholds second_thresholds = {};
  BootstrapOptions bootstrap = {};
};

// A metric of both models on all images. NaN where it is undefined for either.
struct MetricDifference {
  double first = kUndefined;
  double second = kUndefined;
  double difference = kUndefined;  // first - second.
  Interval interval = {};          // Of the difference, over resampled patients.
  double p_value = kUndefined;     // Of BootstrapPValue.
};

struct ModelComparison {
  std::array<MetricDifference, kMetricCount> metrics = {};  // By Metric; see at().
  McNemarResult mcnemar = {};

  const MetricDifference& at(Metric metric) const { return metrics[static_cast<size_t>(metric)]; }
};

// The two-sided p of "there is no difference", by turning the percentile interval round: twice the
// smaller share of resamples whose difference is at most 0, or at least 0. With one more resample
// counted on either side, so that it is never 0 (Davison and Hinkley, Bootstrap Methods and their
// Application, 1997, chapter 4); at most 1. `differences` that are NaN are left out; NaN when none
// is left. Thread-safe.
double BootstrapPValue(const std::vector<double>& differences);

// The paired bootstrap: in each resample both models answer about the same images. INVALID_ARGUMENT
// for predictions that ValidatePredictions refuses, for those that differ in classes, labels or
// patients, and for options out of range. Thread-safe.
absl::StatusOr<ModelComparison> CompareModels(const Predictions& first, const Predictions& second,
                                              const ComparisonOptions& options);

}  // namespace fovea
