// How jobs reach data sets and models: the functions that the jobs layer is given.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fovea/internal/v1/trainer_service.pb.h"
#include "fovea/v1/job.pb.h"
#include "server/datasets/catalogue.h"
#include "server/evaluations/evaluation_store.h"
#include "server/model/registry.h"
#include "server/serving/served_models.h"

namespace fovea {

// Whether what a resolved spec names exists and fits: the data set, a weight a class, an init of the
// same architecture. Pins `init` to the version that it leads to now, so that a later attempt begins
// with the same weights. NOT_FOUND or INVALID_ARGUMENT that names the field.
absl::Status CheckReferences(const DatasetCatalogue& datasets, const Registry& registry,
                             v1::TrainingSpec* spec);

// Where an attempt finds its photographs and initial weights.
absl::Status ResolveAttempt(const DatasetCatalogue& datasets, const Registry& registry,
                            const v1::TrainingSpec& spec, internal::v1::AttemptSpec* attempt);

// The job that evaluates as a resolved spec says, with the version pinned that spec.model leads to
// now. NOT_FOUND or INVALID_ARGUMENT that names the field.
absl::StatusOr<v1::Job> PlanEvaluationJob(const DatasetCatalogue& datasets,
                                          const Registry& registry, v1::EvaluationSpec spec);

// Makes the staged folder an evaluation or a version, lets the serving layer follow, and returns the
// name.
absl::StatusOr<std::string> PublishJob(EvaluationStore* evaluations, Registry* registry,
                                       ServedModels* models, const v1::Job& job,
                                       const std::string& staged_dir);

}  // namespace fovea
