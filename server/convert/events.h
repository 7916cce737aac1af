// Events and outcome of a training attempt to the wire.
#pragma once

#include "fovea/internal/v1/trainer_service.pb.h"
#include "fovea/v1/job.pb.h"
#include "server/training/events.h"

namespace fovea {

// Without job, sequence, time and attempt.
v1::JobEvent EventToProto(const TrainingEvent& event);

internal::v1::Outcome OutcomeToProto(const Outcome& outcome);

}  // namespace fovea
