#include "common/evaluation/metric.h"

#include <array>

namespace fovea {
namespace {

// In the order of the enum.
constexpr std::array kNames = {
    "accuracy",
    "majority_baseline",
    "balanced_accuracy",
    "macro_f1",
    "quadratic_weighted_kappa",
    "mean_absolute_error",
    "macro_roc_auc",
    "macro_average_precision",
    "log_loss",
    "brier_score",
    "expected_calibration_error",
    "referable_roc_auc",
    "referable_average_precision",
    "referable_sensitivity",
    "referable_specificity",
    "referable_positive_predictive_value",
    "referable_negative_predictive_value",
    "vision_threatening_roc_auc",
    "vision_threatening_average_precision",
    "vision_threatening_sensitivity",
    "vision_threatening_specificity",
    "vision_threatening_positive_predictive_value",
    "vision_threatening_negative_predictive_value",
};
static_assert(kNames.size() == kMetricCount);

}  // namespace

absl::string_view MetricName(Metric metric) { return kNames[static_cast<size_t>(metric)]; }

}  // namespace fovea
