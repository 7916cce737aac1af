#include "client/evaluation/render.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/display/format.h"
#include "client/display/table.h"
#include "client/evaluation/calibration.h"
#include "client/evaluation/metrics.h"
#include "client/model/precision.h"
#include "client/watch/view.h"

namespace fovea::client {
namespace {

constexpr int kDecimals = 4;
// With more classes, tables by class are longer than a screen; JSON has them.
constexpr int kMostClassesShown = 20;

std::string IntervalText(double low, double high) {
  return absl::StrCat(FormatFixed(low, kDecimals), " to ", FormatFixed(high, kDecimals));
}

std::string RenderMetrics(const v1::EvaluationReport& report, const Style& style) {
  Table table({"METRIC", ">VALUE", ">95 % INTERVAL"});
  for (const v1::Metric& metric : report.metrics()) {
    const bool screening = absl::StartsWith(metric.name(), "referable") ||
                           absl::StartsWith(metric.name(), "vision_threatening");
    if (screening && !report.has_referable()) continue;
    table.AddRow({metric.name(), FormatFixed(metric.value(), kDecimals),
                  IntervalText(metric.low(), metric.high())});
  }
  return table.Render(style);
}

std::string RenderClasses(const v1::Evaluation& evaluation, const Style& style) {
  Table table({">CLASS", "NAME", ">PHOTOGRAPHS", ">PRECISION", ">RECALL", ">F1", ">AUC"});
  for (int i = 0; i < evaluation.report().classes_size(); ++i) {
    const v1::ClassMetrics& one = evaluation.report().classes(i);
    table.AddRow({absl::StrCat(i), evaluation.class_names(i), absl::StrCat(one.support()),
                  FormatFixed(one.precision(), 3), FormatFixed(one.recall(), 3),
                  FormatFixed(one.f1(), 3), FormatFixed(one.roc_auc(), 3)});
  }
  return table.Render(style);
}

std::string RenderConfusion(const v1::Evaluation& evaluation, const Style& style) {
  const int classes = evaluation.class_names_size();
  std::vector<std::string> headers = {"TRUE \\ PREDICTED"};
  for (int i = 0; i < classes; ++i) headers.push_back(absl::StrCat(">", i));
  Table table(headers);
  for (int row = 0; row < classes; ++row) {
    std::vector<std::string> cells = {absl::StrCat(row, " ", evaluation.class_names(row))};
    for (int column = 0; column < classes; ++column) {
      cells.push_back(absl::StrCat(evaluation.report().confusion(row * classes + column)));
    }
    table.AddRow(std::move(cells));
  }
  return table.Render(style);
}

}  // namespace

std::string RenderEvaluations(const v1::ListEvaluationsResponse& response, const Style& style) {
  Table table({"NAME", "MODEL", "DATASET", "PART", ">PHOTOGRAPHS", ">ACCURACY", ">BASELINE",
               ">KAPPA", "CREATED"});
  bool share = false;
  for (const v1::Evaluation& one : response.evaluations()) {
    share |= one.parts_share_patients();
    const v1::EvaluationReport& report = one.report();
    table.AddRow({one.name(), one.spec().model(), one.spec().dataset(),
                  PartName(one.spec().part()), absl::StrCat(report.images()),
                  Flattering(FormatFixed(MetricValue(report, "accuracy"), kDecimals),
                             one.parts_share_patients()),
                  FormatFixed(MetricValue(report, "majority_baseline"), kDecimals),
                  FormatFixed(MetricValue(report, "quadratic_weighted_kappa"), 3),
                  FormatTime(one.create_time())});
  }
  return absl::StrCat(table.Render(style), FlatteringNote(share));
}

std::string RenderEvaluation(const v1::Evaluation& evaluation, const Style& style) {
  const v1::EvaluationReport& report = evaluation.report();
  std::string text = RenderFields(
      {{"name", evaluation.name()},
       {"model", evaluation.spec().model()},
       {"weights", absl::StrCat("sha256 ", evaluation.weights_sha256())},
       {"data set", absl::StrCat(evaluation.spec().dataset(), ", ",
                                 PartName(evaluation.spec().part()), " part")},
       {"precision", evaluation.precision() == v1::INFERENCE_PRECISION_UNSPECIFIED
                         ? ""
                         : PrecisionName(evaluation.precision())},
       {"photographs", absl::StrCat(report.images(), " of ", report.patients(), " patients")},
       {"created", FormatTime(evaluation.create_time())},
       {"warning", evaluation.parts_share_patients() ? kPartsSharePatients : ""}},
      style);
  absl::StrAppend(&text, "\n", RenderMetrics(report, style));
  if (evaluation.class_names_size() > kMostClassesShown) return text;
  absl::StrAppend(&text, "\n", RenderClasses(evaluation, style), "\n",
                  RenderConfusion(evaluation, style));
  return text;
}

std::string RenderComparison(const v1::EvaluationComparison& comparison, const Style& style) {
  Table table({"METRIC", ">FIRST", ">SECOND", ">DIFFERENCE", ">95 % INTERVAL", ">P"});
  for (const v1::MetricDifference& metric : comparison.metrics()) {
    table.AddRow({metric.name(), FormatFixed(metric.first(), kDecimals),
                  FormatFixed(metric.second(), kDecimals),
                  FormatFixed(metric.difference(), kDecimals),
                  IntervalText(metric.low(), metric.high()), FormatFixed(metric.p_value(), 3)});
  }
  return absl::StrCat(
      RenderFields({{"first", comparison.first()},
                    {"second", comparison.second()},
                    {"photographs", absl::StrCat(comparison.images())},
                    {"only first right", absl::StrCat(comparison.only_first_right())},
                    {"only second right", absl::StrCat(comparison.only_second_right())},
                    {"McNemar's p", FormatFixed(comparison.mcnemar_p_value(), kDecimals)},
                    {"warning", comparison.parts_share_patients() ? kPartsSharePatients : ""}},
                   style),
      "\n", table.Render(style));
}

GradedPhotographs ToGraded(const v1::ListPredictionsResponse& response) {
  GradedPhotographs graded;
  for (const v1::Prediction& one : response.predictions()) {
    graded.paths.push_back(one.path());
    graded.predictions.num_classes = one.probabilities_size();
    graded.predictions.labels.push_back(one.label());
    graded.predictions.patients.push_back(one.patient());
    graded.predictions.predicted.push_back(one.predicted());
    graded.predictions.probabilities.insert(graded.predictions.probabilities.end(),
                                            one.probabilities().begin(), one.probabilities().end());
    if (one.has_inference_ms()) graded.inference_ms.push_back(one.inference_ms());
  }
  return graded;
}

}  // namespace fovea::client
