// What an evaluation leaves for fovead to publish.
#pragma once

#include "absl/status/status.h"
#include "fovea/internal/v1/trainer_service.pb.h"
#include "server/training/evaluation_attempt.h"

namespace fovea {

// Writes evaluation.json (fovea.v1.Evaluation) and predictions.csv into job_dir/staging, whole or not
// at all.
absl::Status StageEvaluation(const internal::v1::AttemptSpec& spec, const EvaluatedPart& part);

}  // namespace fovea
