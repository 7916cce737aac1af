#include "common/evaluation/scalar_metrics.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/evaluation/class_scores.h"
#include "common/evaluation/confusion_matrix.h"
#include "common/evaluation/operating_point.h"
#include "common/evaluation/precision_recall.h"
#include "common/evaluation/proper_scores.h"
#include "common/evaluation/reliability.h"
#include "common/evaluation/roc.h"
#include "common/evaluation/undefined.h"

namespace fovea {
namespace {

absl::Status CheckThreshold(absl::string_view field, double threshold) {
  if (std::isfinite(threshold)) return absl::OkStatus();
  return FieldError(field, absl::StrCat(threshold, "; allowed are finite numbers"));
}

void Set(Metric metric, double value, std::vector<double>* values) {
  (*values)[static_cast<size_t>(metric)] = value;
}

}  // namespace

absl::Status ValidateThresholds(const DecisionThresholds& thresholds) {
  FOVEA_RETURN_IF_ERROR(CheckThreshold("referable", thresholds.referable));
  return CheckThreshold("vision_threatening", thresholds.vision_threatening);
}

ScalarMetrics::ScalarMetrics(const Predictions& predictions, const DecisionThresholds& thresholds)
    : num_classes_(predictions.num_classes) {
  for (size_t i = 0; i < predictions.images(); ++i) {
    const std::span<const double> row = predictions.Row(i);
    const int label = predictions.labels[i];
    const int most_probable = PredictedClass(row);
    images_.push_back({.label = label,
                       .predicted = predictions.Answer(i),
                       .confidence = row[static_cast<size_t>(most_probable)],
                       .most_probable_is_right = most_probable == label,
                       .log_loss = LogLoss(row, label),
                       .brier_score = BrierScore(row, label)});
  }
  for (int c = 0; c < num_classes_; ++c) {
    class_rankings_.emplace_back(OneVersusRest(predictions, c));
  }
  const auto add = [&](int grade, double threshold, Metric first) {
    BinaryTask task = GradeAtLeast(predictions, grade);
    Ranking ranking(task);
    screenings_.push_back({std::move(task), std::move(ranking), threshold, first});
  };
  add(kReferableGrade, thresholds.referable, Metric::kReferableRocAuc);
  add(kVisionThreateningGrade, thresholds.vision_threatening, Metric::kVisionThreateningRocAuc);
}

std::vector<double> ScalarMetrics::Of(const std::vector<size_t>& images) const {
  std::vector<int> times(images_.size());
  for (const size_t i : images) ++times[i];
  std::vector<double> values(kMetricCount, kUndefined);
  SetAgreement(images, &values);
  SetCalibration(images, &values);
  SetMacroRanking(times, &values);
  for (const Screening& screening : screenings_) SetScreening(screening, images, times, &values);
  return values;
}

std::vector<double> ScalarMetrics::OfAll() const {
  std::vector<size_t> images(images_.size());
  std::iota(images.begin(), images.end(), size_t{0});
  return Of(images);
}

void ScalarMetrics::SetAgreement(const std::vector<size_t>& images,
                                 std::vector<double>* values) const {
  ConfusionMatrix confusion(num_classes_);
  for (const size_t i : images) confusion.Add(images_[i].label, images_[i].predicted);
  Set(Metric::kAccuracy, confusion.Accuracy(), values);
  Set(Metric::kMajorityBaseline, confusion.MajorityBaseline(), values);
  Set(Metric::kBalancedAccuracy, confusion.BalancedAccuracy(), values);
  Set(Metric::kMacroF1, MacroF1(confusion), values);
  Set(Metric::kQuadraticWeightedKappa, confusion.QuadraticWeightedKappa(), values);
  Set(Metric::kMeanAbsoluteError, confusion.MeanAbsoluteError(), values);
}

void ScalarMetrics::SetCalibration(const std::vector<size_t>& images,
                                   std::vector<double>* values) const {
  ReliabilityCurve reliability;
  double log_loss = 0;
  double brier_score = 0;
  for (const size_t i : images) {
    const Image& image = images_[i];
    reliability.Add(image.confidence, image.most_probable_is_right);
    log_loss += image.log_loss;
    brier_score += image.brier_score;
  }
  const double count = static_cast<double>(images.size());
  Set(Metric::kLogLoss, Share(log_loss, count), values);
  Set(Metric::kBrierScore, Share(brier_score, count), values);
  Set(Metric::kExpectedCalibrationError, reliability.ExpectedCalibrationError(), values);
}

void ScalarMetrics::SetMacroRanking(const std::vector<int>& times,
                                    std::vector<double>* values) const {
  std::vector<double> roc_auc;
  std::vector<double> average_precision;
  for (const Ranking& ranking : class_rankings_) {
    const std::vector<ThresholdCounts> counts = ranking.Counts(times);
    roc_auc.push_back(RocAuc(counts));
    average_precision.push_back(AveragePrecision(counts));
  }
  Set(Metric::kMacroRocAuc, MeanOfDefined(roc_auc), values);
  Set(Metric::kMacroAveragePrecision, MeanOfDefined(average_precision), values);
}

void ScalarMetrics::SetScreening(const Screening& screening, const std::vector<size_t>& images,
                                 const std::vector<int>& times,
                                 std::vector<double>* values) const {
  const std::vector<ThresholdCounts> counts = screening.ranking.Counts(times);
  OperatingPoint point = {.threshold = screening.threshold};
  for (const size_t i : images) point.Add(screening.task.positive[i], screening.task.score[i]);
  // In the order of the enum.
  const double six[] = {RocAuc(counts),
                        AveragePrecision(counts),
                        point.Sensitivity(),
                        point.Specificity(),
                        point.PositivePredictiveValue(),
                        point.NegativePredictiveValue()};
  std::copy(std::begin(six), std::end(six),
            values->begin() + static_cast<std::ptrdiff_t>(screening.first));
}

}  // namespace fovea
