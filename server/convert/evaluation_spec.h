// EvaluationSpec: defaults, checks, and the plain options.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fovea/v1/evaluation.pb.h"
#include "fovea/v1/training.pb.h"
#include "server/model/manifest.h"
#include "server/training/evaluation_attempt.h"

namespace fovea {

// Of a bootstrap, in an evaluation and in a comparison.
inline constexpr int kMostResamples = 100'000;

// Fills every default of the .proto in, but for the thresholds, and checks every field. INVALID_ARGUMENT "field: what is
// wrong, what is allowed". Whether model, data set and device exist is not looked at.
absl::Status ResolveEvaluationSpec(v1::EvaluationSpec* spec);

// Thresholds that are unset become those of the version.
void FillThresholds(const DecisionRule& rule, v1::EvaluationSpec* spec);

// What a trainer needs to know besides: how to load the photographs for the version of `manifest`,
// which spec.model() names. Not yet resolved.
v1::TrainingSpec ExecutionSpec(const v1::EvaluationSpec& spec, const Manifest& manifest);

// Of a resolved spec with its thresholds.
absl::StatusOr<EvaluationTask> EvaluationTaskFromProto(const v1::EvaluationSpec& spec);

}  // namespace fovea
