// Two stored evaluations, compared.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/evaluation/comparison.h"
#include "fovea/v1/evaluation.pb.h"
#include "server/evaluations/evaluation_store.h"

namespace fovea {

// An evaluation with its predictions.
struct StoredEvaluation {
  v1::Evaluation record;
  GradedPhotographs graded;
};

// `name` as `evaluations/{id}`; errors name `field`.
absl::StatusOr<StoredEvaluation> ReadStored(const EvaluationStore& evaluations,
                                            absl::string_view field, const std::string& name);

// Whether both graded the same photographs with the same labels.
bool SamePhotographs(const StoredEvaluation& first, const StoredEvaluation& second);

// CompareModels at the thresholds of each. Call only for the same photographs.
absl::StatusOr<ModelComparison> CompareStored(const StoredEvaluation& first,
                                              const StoredEvaluation& second,
                                              const BootstrapOptions& bootstrap);

}  // namespace fovea
