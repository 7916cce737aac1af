// What fovead hands to a trainer, as the training layer takes it.
#pragma once

#include "absl/status/statusor.h"
#include "fovea/internal/v1/trainer_service.pb.h"
#include "server/training/attempt.h"

namespace fovea {

// INVALID_ARGUMENT that names the field for a spec that fovead would not have written.
absl::StatusOr<Attempt> AttemptFromProto(const internal::v1::AttemptSpec& proto);

}  // namespace fovea
