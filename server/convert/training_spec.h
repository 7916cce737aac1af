// TrainingSpec: defaults, checks, and the plain options.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fovea/v1/training.pb.h"
#include "server/training/options.h"

namespace fovea {

// Fills every default of the .proto in and checks every field, so that a spec that passed means the
// same for ever. INVALID_ARGUMENT "field: what is wrong, what is allowed"; the spec is then
// partly filled in. Whether the data set, the init model and the device exist is not looked at, nor
// whether class_weights has one number a class.
absl::Status ResolveTrainingSpec(v1::TrainingSpec* spec);

// Of a resolved spec.
absl::StatusOr<TrainingOptions> TrainingOptionsFromProto(const v1::TrainingSpec& spec);

}  // namespace fovea
