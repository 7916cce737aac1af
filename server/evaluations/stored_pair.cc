#include "server/evaluations/stored_pair.h"

#include "common/base/names.h"
#include "common/base/status.h"

namespace fovea {
namespace {

DecisionThresholds ThresholdsOf(const v1::EvaluationSpec& spec) {
  return {spec.referable_threshold(), spec.vision_threatening_threshold()};
}

}  // namespace

absl::StatusOr<StoredEvaluation> ReadStored(const EvaluationStore& evaluations,
                                            absl::string_view field, const std::string& name) {
  FOVEA_ASSIGN_OR_RETURN(const std::string id, ParseName(field, "evaluations", name));
  StoredEvaluation stored;
  FOVEA_ASSIGN_OR_RETURN(stored.record, evaluations.Get(id));
  FOVEA_ASSIGN_OR_RETURN(stored.graded, evaluations.Predictions(id));
  return stored;
}

bool SamePhotographs(const StoredEvaluation& first, const StoredEvaluation& second) {
  return first.record.dataset_fingerprint() == second.record.dataset_fingerprint() &&
         first.graded.paths == second.graded.paths;
}

absl::StatusOr<ModelComparison> CompareStored(const StoredEvaluation& first,
                                              const StoredEvaluation& second,
                                              const BootstrapOptions& bootstrap) {
  ComparisonOptions options;
  options.first_thresholds = ThresholdsOf(first.record.spec());
  options.second_thresholds = ThresholdsOf(second.record.spec());
  options.bootstrap = bootstrap;
  return CompareModels(first.graded.predictions, second.graded.predictions, options);
}

}  // namespace fovea
