// What training fits on the validation part and a model version carries. No Torch.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "absl/status/statusor.h"
#include "common/evaluation/decision.h"
#include "common/evaluation/reliability.h"

namespace fovea {

// As fovea.v1.CalibrationFigures; NaN where there were no images.
struct CalibrationFigures {
  double log_loss = 0;
  double brier_score = 0;
  double expected_calibration_error = 0;
  std::vector<ReliabilityBin> reliability = {};  // ReliabilityCurve::kBins, or none.
};

// As fovea.v1.Calibration.
struct Calibration {
  DecisionRule rule = {};
  int64_t images = 0;
  int64_t patients = 0;
  CalibrationFigures validation_before = {}, validation_after = {};
  CalibrationFigures test_before = {}, test_after = {};
};

// An object for the manifest, NaN as null.
nlohmann::ordered_json CalibrationToJson(const Calibration& calibration);

// INVALID_ARGUMENT "manifest.calibration...: ..." for anything missing, of another type or out of
// range, and for a rule that ValidateDecisionRule refuses.
absl::StatusOr<Calibration> CalibrationFromJson(const nlohmann::json& json, int32_t num_classes);

}  // namespace fovea
