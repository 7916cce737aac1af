// Predictions with the names of the photographs, and their form as a file.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/evaluation/predictions.h"

namespace fovea {

// Entry i of each list belongs to photograph i; predictions.patients has one each, maybe empty.
struct GradedPhotographs {
  std::vector<std::string> paths;  // Their names in the data set.
  Predictions predictions;
  // Milliseconds of the network, see fovea.v1.Prediction. Empty: not known.
  std::vector<double> inference_ms = {};
};

// "path,patient,label,predicted,probability_0,...,inference_ms" and a line a photograph; numbers in
// a form that reads back the same, text quoted as RFC 4180 says. The last column is only there when
// it is known. Thread-safe.
std::string ToCsv(const GradedPhotographs& graded);

// Reads what ToCsv wrote of so many classes. INVALID_ARGUMENT that names the line, also for
// predictions that ValidatePredictions refuses. Thread-safe.
absl::StatusOr<GradedPhotographs> GradedFromCsv(absl::string_view csv, int num_classes);

}  // namespace fovea
