// Enums of the wire to and from those of the layers.
#pragma once

#include "absl/status/statusor.h"
#include "common/dataset/index.h"
#include "fovea/v1/dataset_service.pb.h"
#include "fovea/v1/job.pb.h"
#include "fovea/v1/training.pb.h"
#include "server/model/architecture.h"
#include "server/training/events.h"
#include "server/training/options.h"

namespace fovea {

v1::Architecture ArchitectureToProto(Architecture architecture);
v1::ClassWeighting ClassWeightingToProto(ClassWeighting weighting);
v1::LearningRateSchedule ScheduleToProto(LearningRateSchedule schedule);
v1::Sampling SamplingToProto(Sampling sampling);
v1::Target TargetToProto(Target target);
v1::InferencePrecision PrecisionToProto(Precision precision);
v1::InferencePrecision PrecisionChoiceToProto(PrecisionChoice choice);
v1::TrainingPrecision PrecisionToProto(TrainingPrecision precision);
v1::BestEpoch BestEpochToProto(BestEpochBy best);
v1::Phase PhaseToProto(Phase phase);
v1::Part PartToProto(Part part);

// INVALID_ARGUMENT for UNSPECIFIED and for numbers that this build does not know.
absl::StatusOr<Architecture> ArchitectureFromProto(v1::Architecture architecture);
absl::StatusOr<ClassWeighting> ClassWeightingFromProto(v1::ClassWeighting weighting);
absl::StatusOr<LearningRateSchedule> ScheduleFromProto(v1::LearningRateSchedule schedule);
absl::StatusOr<Sampling> SamplingFromProto(v1::Sampling sampling);
absl::StatusOr<Target> TargetFromProto(v1::Target target);
// Unset is kAuto. `field` names it in errors.
absl::StatusOr<PrecisionChoice> PrecisionChoiceFromProto(absl::string_view field,
                                                         v1::InferencePrecision precision);
absl::StatusOr<TrainingPrecision> PrecisionFromProto(v1::TrainingPrecision precision);
absl::StatusOr<BestEpochBy> BestEpochFromProto(v1::BestEpoch best);
absl::StatusOr<Part> PartFromProto(v1::Part part);

}  // namespace fovea
