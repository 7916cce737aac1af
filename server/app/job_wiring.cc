#include "server/app/job_wiring.h"

#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "server/convert/enums.h"
#include "server/convert/evaluation_spec.h"
#include "server/convert/training_spec.h"

namespace fovea {
namespace {

constexpr char kRandomInit[] = "random";

absl::StatusOr<StoredDataset> FindDatasetOf(const DatasetCatalogue& datasets,
                                            const v1::TrainingSpec& spec) {
  FOVEA_ASSIGN_OR_RETURN(const std::string id,
                         ParseName("spec.dataset", "datasets", spec.dataset()));
  absl::StatusOr<StoredDataset> found = datasets.Lookup(id);
  if (absl::IsNotFound(found.status())) {
    return absl::NotFoundError(absl::StrCat("spec.dataset: there is no ", spec.dataset()));
  }
  FOVEA_RETURN_IF_ERROR(found.status());
  return found;
}

absl::StatusOr<VersionInfo> FindInit(const Registry& registry, const v1::TrainingSpec& spec) {
  FOVEA_ASSIGN_OR_RETURN(const ModelRef ref, ParseModelRef("spec.init", spec.init()));
  absl::StatusOr<VersionInfo> found = registry.Resolve(ref);
  if (!found.ok()) return Annotate(found.status(), "spec.init");
  if (ArchitectureToProto(found->manifest.architecture) != spec.architecture()) {
    return FieldError("spec.init",
                      absl::StrCat(found->name(), " is a ",
                                   ArchitectureName(found->manifest.architecture),
                                   ", so spec.architecture must be that too"));
  }
  return found;
}

}  // namespace

absl::Status CheckReferences(const DatasetCatalogue& datasets, const Registry& registry,
                             v1::TrainingSpec* spec) {
  FOVEA_ASSIGN_OR_RETURN(const StoredDataset dataset, FindDatasetOf(datasets, *spec));
  const int classes = dataset.record.class_names_size();
  const int weights = spec->recipe().class_weights_size();
  if (weights > 0 && weights != classes) {
    return FieldError("spec.recipe.class_weights", absl::StrCat("has ", weights, " numbers, ",
                                                                spec->dataset(), " has ", classes,
                                                                " classes: one a class is needed"));
  }
  if (spec->init() == kRandomInit) return absl::OkStatus();
  FOVEA_ASSIGN_OR_RETURN(const VersionInfo init, FindInit(registry, *spec));
  spec->set_init(init.name());
  return absl::OkStatus();
}

absl::Status ResolveAttempt(const DatasetCatalogue& datasets, const Registry& registry,
                            const v1::TrainingSpec& spec, internal::v1::AttemptSpec* attempt) {
  FOVEA_ASSIGN_OR_RETURN(const StoredDataset dataset, FindDatasetOf(datasets, spec));
  *attempt->mutable_dataset() = dataset.record;
  attempt->set_dataset_index_path(dataset.index_path);
  attempt->set_dataset_files_dir(dataset.files.dir);
  attempt->set_files_by_hash(dataset.files.by_hash);
  if (spec.init() == kRandomInit) return absl::OkStatus();
  FOVEA_ASSIGN_OR_RETURN(const VersionInfo init, FindInit(registry, spec));
  attempt->set_init_version_dir(init.dir);
  return absl::OkStatus();
}

absl::StatusOr<v1::Job> PlanEvaluationJob(const DatasetCatalogue& datasets,
                                          const Registry& registry, v1::EvaluationSpec spec) {
  FOVEA_ASSIGN_OR_RETURN(const ModelRef ref, ParseModelRef("spec.model", spec.model()));
  FOVEA_ASSIGN_OR_RETURN(const VersionInfo version, registry.Resolve(ref));
  spec.set_model(version.name());
  FillThresholds(version.manifest.decision_rule(), &spec);
  v1::Job job;
  *job.mutable_spec() = ExecutionSpec(spec, version.manifest);
  FOVEA_RETURN_IF_ERROR(ResolveTrainingSpec(job.mutable_spec()));
  FOVEA_ASSIGN_OR_RETURN(const StoredDataset dataset, FindDatasetOf(datasets, job.spec()));
  if (dataset.record.class_names_size() != version.manifest.num_classes) {
    return FieldError("spec.model", absl::StrCat(version.name(), " has ",
                                                 version.manifest.num_classes, " classes, ",
                                                 spec.dataset(), " has ",
                                                 dataset.record.class_names_size()));
  }
  spec.set_threads(job.spec().threads());
  spec.set_device(job.spec().device());
  spec.set_max_bad_image_share(job.spec().max_bad_image_share());
  *job.mutable_evaluation() = spec;
  return job;
}

absl::StatusOr<std::string> PublishJob(EvaluationStore* evaluations, Registry* registry,
                                       ServedModels* models, const v1::Job& job,
                                       const std::string& staged_dir) {
  if (job.has_evaluation()) {
    FOVEA_ASSIGN_OR_RETURN(const std::string id, ParseName("name", "jobs", job.name()));
    return evaluations->Publish(id, staged_dir);
  }
  FOVEA_ASSIGN_OR_RETURN(const VersionInfo version,
                         registry->Publish(job.spec().model_id(), staged_dir, job.name()));
  models->Refresh();
  return version.name();
}

}  // namespace fovea
