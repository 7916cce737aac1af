// Everything that is said about a model on a data set.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "common/evaluation/bootstrap.h"
#include "common/evaluation/class_scores.h"
#include "common/evaluation/confusion_matrix.h"
#include "common/evaluation/interval.h"
#include "common/evaluation/metric.h"
#include "common/evaluation/operating_point.h"
#include "common/evaluation/precision_recall.h"
#include "common/evaluation/predictions.h"
#include "common/evaluation/reliability.h"
#include "common/evaluation/roc.h"
#include "common/evaluation/scalar_metrics.h"

namespace fovea {

struct EvaluationOptions {
  DecisionThresholds thresholds = {};  // Finite.
  BootstrapOptions bootstrap = {};
};

// A metric of the data set with its interval over resampled patients.
struct Estimate {
  double value = kUndefined;
  Interval interval = {};
};

struct ClassReport {
  ClassScores scores = {};
  double roc_auc = kUndefined;            // Against the rest, as the next one.
  double average_precision = kUndefined;  // NaN for a class that does not occur.
};

// A yes-or-no task: the answers at its threshold, and the curves over all thresholds.
struct ScreeningReport {
  OperatingPoint at_threshold = {};
  std::vector<RocPoint> roc_curve = {};
  std::vector<PrecisionRecallPoint> precision_recall_curve = {};
};

struct EvaluationReport {
  int64_t images = 0;
  int64_t patients = 0;
  std::array<Estimate, kMetricCount> metrics = {};  // By Metric; see at().
  ConfusionMatrix confusion{0};                     // Normalised() gives its shares.
  std::vector<ClassReport> classes = {};
  // Grade 2 or more, and grade 3 or more. They mean something for the five ICDR grades only.
  ScreeningReport referable = {};
  ScreeningReport vision_threatening = {};
  std::vector<ReliabilityBin> reliability = {};

  const Estimate& at(Metric metric) const { return metrics[static_cast<size_t>(metric)]; }
};

// INVALID_ARGUMENT for predictions that ValidatePredictions refuses and for options out of range.
// With 2,000 resamples of 10,000 images, a few seconds of one core. Thread-safe.
absl::StatusOr<EvaluationReport> EvaluatePredictions(const Predictions& predictions,
                                                     const EvaluationOptions& options);

}  // namespace fovea
