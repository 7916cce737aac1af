// Fits what a model version needs beside its weights, on the validation part. No Torch.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/evaluation/temperature.h"
#include "server/model/calibration.h"

namespace fovea {

// What the network says about a part, and what is true; an entry an image.
struct LabelledLogits {
  Logits logits = {};
  std::vector<int> labels = {};
  std::vector<std::string> patients = {};  // Empty: a patient of its own.
};

// On the validation part: the temperature (FitTemperature); with `ordinal` the cut points of the
// expected class at that temperature (FitCutPoints); with five classes the thresholds of the highest
// sensitivity + specificity - 1 (HighestYouden) for referable and vision-threatening grades, 0.5 where
// the part has no image on one of the two sides. Figures before and after the temperature are of both
// parts. INVALID_ARGUMENT for parts without images and logits that are not finite. Thread-safe.
absl::StatusOr<Calibration> FitCalibration(const LabelledLogits& validation,
                                           const LabelledLogits& test, bool ordinal);

}  // namespace fovea
