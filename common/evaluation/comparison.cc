#include "common/evaluation/comparison.h"

#include <algorithm>
#include <cmath>

#include "common/base/status.h"

namespace fovea {
namespace {

absl::Status CheckSameImages(const Predictions& first, const Predictions& second) {
  if (first.num_classes != second.num_classes) {
    return FieldError("num_classes", "differs between the models; must be the same");
  }
  if (first.labels != second.labels) {
    return FieldError("labels", "differ between the models; must be those of the same images");
  }
  if (first.patients != second.patients) {
    return FieldError("patients", "differ between the models; must be those of the same images");
  }
  return absl::OkStatus();
}

std::vector<double> Minus(std::vector<double> first, const std::vector<double>& second) {
  for (size_t i = 0; i < first.size(); ++i) first[i] -= second[i];
  return first;
}

McNemarResult TestDisagreement(const Predictions& first, const Predictions& second) {
  int64_t only_first = 0;
  int64_t only_second = 0;
  for (size_t i = 0; i < first.images(); ++i) {
    const bool first_right = first.Answer(i) == first.labels[i];
    const bool second_right = second.Answer(i) == first.labels[i];
    if (first_right && !second_right) ++only_first;
    if (second_right && !first_right) ++only_second;
  }
  return McNemarTest(only_first, only_second);
}

}  // namespace

double BootstrapPValue(const std::vector<double>& differences) {
  double at_most = 1;
  double at_least = 1;
  double defined = 1;
  for (const double difference : differences) {
    if (std::isnan(difference)) continue;
    ++defined;
    if (difference <= 0) ++at_most;
    if (difference >= 0) ++at_least;
  }
  if (defined == 1) return kUndefined;
  return std::min(1.0, 2 * std::min(at_most, at_least) / defined);
}

absl::StatusOr<ModelComparison> CompareModels(const Predictions& first, const Predictions& second,
                                              const ComparisonOptions& options) {
  FOVEA_RETURN_IF_ERROR(Annotate(ValidatePredictions(first), "first"));
  FOVEA_RETURN_IF_ERROR(Annotate(ValidatePredictions(second), "second"));
  FOVEA_RETURN_IF_ERROR(CheckSameImages(first, second));
  FOVEA_RETURN_IF_ERROR(Annotate(ValidateThresholds(options.first_thresholds), "first_thresholds"));
  FOVEA_RETURN_IF_ERROR(
      Annotate(ValidateThresholds(options.second_thresholds), "second_thresholds"));
  const ScalarMetrics first_metrics(first, options.first_thresholds);
  const ScalarMetrics second_metrics(second, options.second_thresholds);
  FOVEA_ASSIGN_OR_RETURN(
      const std::vector<std::vector<double>> differences,
      Bootstrap(ImagesByPatient(first),
                [&](const std::vector<size_t>& images) {
                  return Minus(first_metrics.Of(images), second_metrics.Of(images));
                },
                options.bootstrap));

  ModelComparison comparison;
  const std::vector<double> of_first = first_metrics.OfAll();
  const std::vector<double> of_second = second_metrics.OfAll();
  for (size_t i = 0; i < kMetricCount; ++i) {
    comparison.metrics[i] = {.first = of_first[i],
                             .second = of_second[i],
                             .difference = of_first[i] - of_second[i],
                             .interval = PercentileInterval(differences[i]),
                             .p_value = BootstrapPValue(differences[i])};
  }
  comparison.mcnemar = TestDisagreement(first, second);
  return comparison;
}

}  // namespace fovea
