#include "common/evaluation/report.h"

#include "common/base/status.h"

namespace fovea {
namespace {

std::vector<ClassReport> ReportClasses(const Predictions& predictions,
                                       const ConfusionMatrix& confusion) {
  const std::vector<ClassScores> scores = ScoreClasses(confusion);
  std::vector<ClassReport> reports;
  for (int c = 0; c < predictions.num_classes; ++c) {
    const std::vector<ThresholdCounts> counts = Ranking(OneVersusRest(predictions, c)).Counts();
    reports.push_back({.scores = scores[static_cast<size_t>(c)],
                       .roc_auc = RocAuc(counts),
                       .average_precision = AveragePrecision(counts)});
  }
  return reports;
}

ScreeningReport ReportScreening(const BinaryTask& task, double threshold) {
  const std::vector<ThresholdCounts> counts = Ranking(task).Counts();
  return {.at_threshold = AtThreshold(task, threshold),
          .roc_curve = RocCurve(counts),
          .precision_recall_curve = PrecisionRecallCurve(counts)};
}

void CountAnswers(const Predictions& predictions, EvaluationReport* report) {
  report->confusion = ConfusionMatrix(predictions.num_classes);
  ReliabilityCurve reliability;
  for (size_t i = 0; i < predictions.images(); ++i) {
    const std::span<const double> row = predictions.Row(i);
    const int label = predictions.labels[i];
    const int most_probable = PredictedClass(row);
    report->confusion.Add(label, predictions.Answer(i));
    reliability.Add(row[static_cast<size_t>(most_probable)], most_probable == label);
  }
  report->reliability = reliability.Bins();
}

}  // namespace

absl::StatusOr<EvaluationReport> EvaluatePredictions(const Predictions& predictions,
                                                     const EvaluationOptions& options) {
  const DecisionThresholds& thresholds = options.thresholds;
  FOVEA_RETURN_IF_ERROR(ValidatePredictions(predictions));
  FOVEA_RETURN_IF_ERROR(Annotate(ValidateThresholds(thresholds), "thresholds"));
  const std::vector<std::vector<size_t>> patients = ImagesByPatient(predictions);
  const ScalarMetrics metrics(predictions, thresholds);
  FOVEA_ASSIGN_OR_RETURN(
      const std::vector<std::vector<double>> resampled,
      Bootstrap(patients, [&](const std::vector<size_t>& images) { return metrics.Of(images); },
                options.bootstrap));

  EvaluationReport report;
  report.images = static_cast<int64_t>(predictions.images());
  report.patients = static_cast<int64_t>(patients.size());
  const std::vector<double> values = metrics.OfAll();
  for (size_t i = 0; i < kMetricCount; ++i) {
    report.metrics[i] = {.value = values[i], .interval = PercentileInterval(resampled[i])};
  }
  CountAnswers(predictions, &report);
  report.classes = ReportClasses(predictions, report.confusion);
  report.referable =
      ReportScreening(GradeAtLeast(predictions, kReferableGrade), thresholds.referable);
  report.vision_threatening = ReportScreening(GradeAtLeast(predictions, kVisionThreateningGrade),
                                              thresholds.vision_threatening);
  return report;
}

}  // namespace fovea
