#include "common/evaluation/decision.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/dataset/grades.h"
#include "common/evaluation/binary_task.h"
#include "common/evaluation/predictions.h"
#include "common/evaluation/temperature.h"

namespace fovea {
namespace {

// Written so that NaN is refused.
absl::Status CheckThreshold(const char* field, double threshold) {
  if (threshold >= 0 && threshold <= 1) return absl::OkStatus();
  return FieldError(field, absl::StrCat("is ", threshold, ", allowed are 0 to 1"));
}

}  // namespace

absl::Status ValidateDecisionRule(const DecisionRule& rule, int num_classes) {
  if (!(rule.temperature > 0) || !std::isfinite(rule.temperature)) {
    return FieldError("temperature", absl::StrCat("is ", rule.temperature, ", must be above 0"));
  }
  FOVEA_RETURN_IF_ERROR(CheckThreshold("referable_threshold", rule.referable_threshold));
  FOVEA_RETURN_IF_ERROR(
      CheckThreshold("vision_threatening_threshold", rule.vision_threatening_threshold));
  const std::vector<double>& cuts = rule.cut_points;
  if (cuts.empty()) return absl::OkStatus();
  if (cuts.size() + 1 != static_cast<size_t>(num_classes)) {
    return FieldError("cut_points", absl::StrCat("are ", cuts.size(), ", must be none or ",
                                                 num_classes - 1));
  }
  if (!std::all_of(cuts.begin(), cuts.end(), [](double cut) { return std::isfinite(cut); }) ||
      !std::is_sorted(cuts.begin(), cuts.end())) {
    return FieldError("cut_points", "must be finite and rise");
  }
  return absl::OkStatus();
}

double ExpectedClass(std::span<const double> probabilities) {
  double expected = 0;
  for (size_t k = 0; k < probabilities.size(); ++k) {
    expected += static_cast<double>(k) * probabilities[k];
  }
  return expected;
}

int ClassOfCutPoints(const std::vector<double>& cut_points, double expected_class) {
  return static_cast<int>(std::upper_bound(cut_points.begin(), cut_points.end(), expected_class) -
                          cut_points.begin());
}

Decision Decide(const DecisionRule& rule, std::span<const double> logits) {
  Decision decision;
  decision.probabilities = Softmax(
      {static_cast<int>(logits.size()), {logits.begin(), logits.end()}}, rule.temperature);
  decision.expected_class = ExpectedClass(decision.probabilities);
  decision.predicted = rule.cut_points.empty()
                           ? PredictedClass(decision.probabilities)
                           : ClassOfCutPoints(rule.cut_points, decision.expected_class);
  if (logits.size() != kGradeCount) return decision;
  decision.referable_score = ScoreOfGradeAtLeast(decision.probabilities, kReferableGrade);
  decision.referable = decision.referable_score >= rule.referable_threshold;
  decision.vision_threatening_score =
      ScoreOfGradeAtLeast(decision.probabilities, kVisionThreateningGrade);
  decision.vision_threatening =
      decision.vision_threatening_score >= rule.vision_threatening_threshold;
  return decision;
}

}  // namespace fovea
