// How jobs reach data sets and models: the functions that the jobs layer is given.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fovea/internal/v1/trainer_service.pb.h"
#include "fovea/v1/job.pb.h"
#include "server/datasets/catalogue.h"
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

// Makes the staged folder a version, lets the serving layer follow, and returns the version's name.
absl::StatusOr<std::string> PublishJob(Registry* registry, ServedModels* models,
                                       const v1::Job& job, const std::string& staged_dir);

}  // namespace fovea
