#include "server/convert/evaluation_spec.h"

#include "common/base/names.h"
#include "common/base/status.h"
#include "server/convert/check.h"
#include "server/convert/enums.h"
#include "server/convert/preprocess.h"

namespace fovea {
namespace {

void FillDefaults(v1::EvaluationSpec* spec) {
  const BootstrapOptions bootstrap;
  if (spec->part() == v1::PART_UNSPECIFIED) spec->set_part(v1::PART_TEST);
  if (!spec->has_resamples()) spec->set_resamples(bootstrap.resamples);
  if (!spec->has_seed()) spec->set_seed(bootstrap.seed);
  if (spec->precision() == v1::INFERENCE_PRECISION_UNSPECIFIED) {
    spec->set_precision(v1::INFERENCE_PRECISION_AUTO);
  }
}

absl::Status CheckShare(absl::string_view field, double value) {
  return CheckDouble(field, value, value >= 0 && value <= 1, "0 to 1");
}

}  // namespace

absl::Status ResolveEvaluationSpec(v1::EvaluationSpec* spec) {
  FillDefaults(spec);
  FOVEA_RETURN_IF_ERROR(ParseModelRef("spec.model", spec->model()).status());
  FOVEA_RETURN_IF_ERROR(ParseName("spec.dataset", "datasets", spec->dataset()).status());
  FOVEA_RETURN_IF_ERROR(PartFromProto(spec->part()).status());
  FOVEA_RETURN_IF_ERROR(PrecisionChoiceFromProto("spec.precision", spec->precision()).status());
  FOVEA_RETURN_IF_ERROR(CheckInt("spec.resamples", spec->resamples(), 1, kMostResamples));
  FOVEA_RETURN_IF_ERROR(CheckShare("spec.referable_threshold", spec->referable_threshold()));
  return CheckShare("spec.vision_threatening_threshold", spec->vision_threatening_threshold());
}

void FillThresholds(const DecisionRule& rule, v1::EvaluationSpec* spec) {
  if (!spec->has_referable_threshold()) spec->set_referable_threshold(rule.referable_threshold);
  if (!spec->has_vision_threatening_threshold()) {
    spec->set_vision_threatening_threshold(rule.vision_threatening_threshold);
  }
}

v1::TrainingSpec ExecutionSpec(const v1::EvaluationSpec& spec, const Manifest& manifest) {
  v1::TrainingSpec execution;
  execution.set_dataset(spec.dataset());
  execution.set_init(spec.model());
  execution.set_architecture(ArchitectureToProto(manifest.architecture));
  execution.mutable_recipe()->set_test_time_views(manifest.test_time_views);
  execution.mutable_recipe()->set_validation_share(0);  // The whole train part is graded.
  *execution.mutable_preprocess() = PreprocessToProto(manifest.preprocess);
  execution.set_device(spec.device());
  if (spec.has_threads()) execution.set_threads(spec.threads());
  if (spec.has_max_bad_image_share()) {
    execution.set_max_bad_image_share(spec.max_bad_image_share());
  }
  return execution;
}

absl::StatusOr<EvaluationTask> EvaluationTaskFromProto(const v1::EvaluationSpec& spec) {
  EvaluationTask task;
  FOVEA_ASSIGN_OR_RETURN(task.part, PartFromProto(spec.part()));
  FOVEA_ASSIGN_OR_RETURN(task.precision,
                         PrecisionChoiceFromProto("spec.precision", spec.precision()));
  task.options.thresholds = {spec.referable_threshold(), spec.vision_threatening_threshold()};
  task.options.bootstrap.resamples = spec.resamples();
  task.options.bootstrap.seed = spec.seed();
  return task;
}

}  // namespace fovea
