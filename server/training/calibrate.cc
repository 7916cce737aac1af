#include "server/training/calibrate.h"

#include <algorithm>
#include <span>

#include "absl/container/flat_hash_set.h"
#include "common/base/status.h"
#include "common/dataset/grades.h"
#include "common/evaluation/binary_task.h"
#include "common/evaluation/cut_points.h"
#include "common/evaluation/decision.h"
#include "common/evaluation/predictions.h"
#include "common/evaluation/proper_scores.h"
#include "common/evaluation/ranking.h"
#include "common/evaluation/reliability.h"
#include "common/evaluation/threshold_choice.h"

namespace fovea {
namespace {

Predictions AtTemperature(const LabelledLogits& part, double temperature) {
  return {.num_classes = part.logits.num_classes,
          .labels = part.labels,
          .probabilities = Softmax(part.logits, temperature)};
}

CalibrationFigures Figures(const Predictions& predictions) {
  CalibrationFigures figures;
  ReliabilityCurve curve;
  for (size_t i = 0; i < predictions.images(); ++i) {
    const std::span<const double> row = predictions.Row(i);
    const int label = predictions.labels[i];
    const int predicted = PredictedClass(row);
    figures.log_loss += LogLoss(row, label);
    figures.brier_score += BrierScore(row, label);
    curve.Add(row[predicted], predicted == label);
  }
  const double images = static_cast<double>(predictions.images());
  figures.log_loss /= images;
  figures.brier_score /= images;
  figures.expected_calibration_error = curve.ExpectedCalibrationError();
  figures.reliability = curve.Bins();
  return figures;
}

std::vector<double> ExpectedClasses(const Predictions& predictions) {
  std::vector<double> expected;
  for (size_t i = 0; i < predictions.images(); ++i) {
    // Rounding may take the sum a little above the highest class.
    expected.push_back(
        std::min(ExpectedClass(predictions.Row(i)), predictions.num_classes - 1.0));
  }
  return expected;
}

double Threshold(const Predictions& predictions, int grade) {
  return HighestYouden(Ranking(GradeAtLeast(predictions, grade)).Counts()).value_or(0.5);
}

int64_t CountPatients(const std::vector<std::string>& patients) {
  absl::flat_hash_set<std::string> known;
  int64_t unknown = 0;
  for (const std::string& patient : patients) {
    if (patient.empty()) {
      ++unknown;
    } else {
      known.insert(patient);
    }
  }
  return unknown + static_cast<int64_t>(known.size());
}

}  // namespace

absl::StatusOr<Calibration> FitCalibration(const LabelledLogits& validation,
                                           const LabelledLogits& test, bool ordinal) {
  Calibration calibration;
  DecisionRule& rule = calibration.rule;
  if (test.labels.empty()) return FieldError("test", "must have images");
  FOVEA_ASSIGN_OR_RETURN(rule.temperature, FitTemperature(validation.logits, validation.labels));
  const Predictions fitted = AtTemperature(validation, rule.temperature);
  if (ordinal) {
    FOVEA_ASSIGN_OR_RETURN(rule.cut_points,
                           FitCutPoints(fitted.num_classes, ExpectedClasses(fitted), fitted.labels));
  }
  if (fitted.num_classes == kGradeCount) {
    rule.referable_threshold = Threshold(fitted, kReferableGrade);
    rule.vision_threatening_threshold = Threshold(fitted, kVisionThreateningGrade);
  }
  calibration.images = static_cast<int64_t>(validation.labels.size());
  calibration.patients = CountPatients(validation.patients);
  calibration.validation_before = Figures(AtTemperature(validation, 1));
  calibration.validation_after = Figures(fitted);
  calibration.test_before = Figures(AtTemperature(test, 1));
  calibration.test_after = Figures(AtTemperature(test, rule.temperature));
  return calibration;
}

}  // namespace fovea
