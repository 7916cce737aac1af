#include "server/convert/enums.h"

#include "common/base/status.h"

namespace fovea {

v1::Architecture ArchitectureToProto(Architecture architecture) {
  return architecture == Architecture::kResNet18 ? v1::ARCHITECTURE_RESNET18
                                                 : v1::ARCHITECTURE_RESNET50;
}

v1::ClassWeighting ClassWeightingToProto(ClassWeighting weighting) {
  switch (weighting) {
    case ClassWeighting::kLab: return v1::CLASS_WEIGHTING_LAB;
    case ClassWeighting::kNone: return v1::CLASS_WEIGHTING_NONE;
    case ClassWeighting::kInverseFrequency: return v1::CLASS_WEIGHTING_INVERSE_FREQUENCY;
    case ClassWeighting::kGiven: return v1::CLASS_WEIGHTING_GIVEN;
  }
  return v1::CLASS_WEIGHTING_UNSPECIFIED;
}

v1::LearningRateSchedule ScheduleToProto(LearningRateSchedule schedule) {
  return schedule == LearningRateSchedule::kConstant ? v1::LEARNING_RATE_SCHEDULE_CONSTANT
                                                     : v1::LEARNING_RATE_SCHEDULE_COSINE;
}

v1::Sampling SamplingToProto(Sampling sampling) {
  return sampling == Sampling::kShuffled ? v1::SAMPLING_SHUFFLED : v1::SAMPLING_CLASS_BALANCED;
}

v1::Target TargetToProto(Target target) {
  return target == Target::kClasses ? v1::TARGET_CLASSES : v1::TARGET_ORDINAL;
}

v1::InferencePrecision PrecisionToProto(Precision precision) {
  switch (precision) {
    case Precision::kFloat32: return v1::INFERENCE_PRECISION_FP32;
    case Precision::kBfloat16: return v1::INFERENCE_PRECISION_BF16;
    case Precision::kInt8: return v1::INFERENCE_PRECISION_INT8;
  }
  return v1::INFERENCE_PRECISION_UNSPECIFIED;
}

v1::InferencePrecision PrecisionChoiceToProto(PrecisionChoice choice) {
  switch (choice) {
    case PrecisionChoice::kAuto: return v1::INFERENCE_PRECISION_AUTO;
    case PrecisionChoice::kFloat32: return v1::INFERENCE_PRECISION_FP32;
    case PrecisionChoice::kBfloat16: return v1::INFERENCE_PRECISION_BF16;
    case PrecisionChoice::kInt8: return v1::INFERENCE_PRECISION_INT8;
  }
  return v1::INFERENCE_PRECISION_UNSPECIFIED;
}

v1::TrainingPrecision PrecisionToProto(TrainingPrecision precision) {
  return precision == TrainingPrecision::kFloat32 ? v1::TRAINING_PRECISION_FLOAT32
                                                  : v1::TRAINING_PRECISION_MIXED;
}

v1::BestEpoch BestEpochToProto(BestEpochBy best) {
  switch (best) {
    case BestEpochBy::kTestAccuracy: return v1::BEST_EPOCH_TEST_ACCURACY;
    case BestEpochBy::kValidationKappa: return v1::BEST_EPOCH_VALIDATION_KAPPA;
    case BestEpochBy::kLast: return v1::BEST_EPOCH_LAST;
  }
  return v1::BEST_EPOCH_UNSPECIFIED;
}

v1::Phase PhaseToProto(Phase phase) {
  return phase == Phase::kHead ? v1::PHASE_HEAD : v1::PHASE_FULL;
}

v1::Part PartToProto(Part part) { return part == Part::kTrain ? v1::PART_TRAIN : v1::PART_TEST; }

absl::StatusOr<Architecture> ArchitectureFromProto(v1::Architecture architecture) {
  switch (architecture) {
    case v1::ARCHITECTURE_RESNET18: return Architecture::kResNet18;
    case v1::ARCHITECTURE_RESNET50: return Architecture::kResNet50;
    default: break;
  }
  return FieldError("architecture", "is unknown, allowed are RESNET18 and RESNET50");
}

absl::StatusOr<ClassWeighting> ClassWeightingFromProto(v1::ClassWeighting weighting) {
  switch (weighting) {
    case v1::CLASS_WEIGHTING_LAB: return ClassWeighting::kLab;
    case v1::CLASS_WEIGHTING_NONE: return ClassWeighting::kNone;
    case v1::CLASS_WEIGHTING_INVERSE_FREQUENCY: return ClassWeighting::kInverseFrequency;
    case v1::CLASS_WEIGHTING_GIVEN: return ClassWeighting::kGiven;
    default: break;
  }
  return FieldError("recipe.class_weighting",
                    "is unknown, allowed are LAB, NONE, INVERSE_FREQUENCY and GIVEN");
}

absl::StatusOr<LearningRateSchedule> ScheduleFromProto(v1::LearningRateSchedule schedule) {
  switch (schedule) {
    case v1::LEARNING_RATE_SCHEDULE_CONSTANT: return LearningRateSchedule::kConstant;
    case v1::LEARNING_RATE_SCHEDULE_COSINE: return LearningRateSchedule::kCosine;
    default: break;
  }
  return FieldError("recipe.learning_rate_schedule", "is unknown, allowed are CONSTANT and COSINE");
}

absl::StatusOr<Sampling> SamplingFromProto(v1::Sampling sampling) {
  switch (sampling) {
    case v1::SAMPLING_SHUFFLED: return Sampling::kShuffled;
    case v1::SAMPLING_CLASS_BALANCED: return Sampling::kClassBalanced;
    default: break;
  }
  return FieldError("recipe.sampling", "is unknown, allowed are SHUFFLED and CLASS_BALANCED");
}

absl::StatusOr<Target> TargetFromProto(v1::Target target) {
  switch (target) {
    case v1::TARGET_CLASSES: return Target::kClasses;
    case v1::TARGET_ORDINAL: return Target::kOrdinal;
    default: break;
  }
  return FieldError("recipe.target", "is unknown, allowed are CLASSES and ORDINAL");
}

absl::StatusOr<PrecisionChoice> PrecisionChoiceFromProto(absl::string_view field,
                                                         v1::InferencePrecision precision) {
  switch (precision) {
    case v1::INFERENCE_PRECISION_UNSPECIFIED:
    case v1::INFERENCE_PRECISION_AUTO: return PrecisionChoice::kAuto;
    case v1::INFERENCE_PRECISION_FP32: return PrecisionChoice::kFloat32;
    case v1::INFERENCE_PRECISION_BF16: return PrecisionChoice::kBfloat16;
    case v1::INFERENCE_PRECISION_INT8: return PrecisionChoice::kInt8;
    default: break;
  }
  return FieldError(field, "is unknown, allowed are AUTO, FP32, BF16 and INT8");
}

absl::StatusOr<TrainingPrecision> PrecisionFromProto(v1::TrainingPrecision precision) {
  switch (precision) {
    case v1::TRAINING_PRECISION_UNSPECIFIED:  // Of a job that is older than the field.
    case v1::TRAINING_PRECISION_FLOAT32: return TrainingPrecision::kFloat32;
    case v1::TRAINING_PRECISION_MIXED: return TrainingPrecision::kMixed;
    default: break;
  }
  return FieldError("recipe.precision", "is unknown, allowed are FLOAT32 and MIXED");
}

absl::StatusOr<BestEpochBy> BestEpochFromProto(v1::BestEpoch best) {
  switch (best) {
    case v1::BEST_EPOCH_TEST_ACCURACY: return BestEpochBy::kTestAccuracy;
    case v1::BEST_EPOCH_VALIDATION_KAPPA: return BestEpochBy::kValidationKappa;
    case v1::BEST_EPOCH_LAST: return BestEpochBy::kLast;
    default: break;
  }
  return FieldError("recipe.best_epoch",
                    "is unknown, allowed are TEST_ACCURACY, VALIDATION_KAPPA and LAST");
}

absl::StatusOr<Part> PartFromProto(v1::Part part) {
  switch (part) {
    case v1::PART_TRAIN: return Part::kTrain;
    case v1::PART_TEST: return Part::kTest;
    default: break;
  }
  return FieldError("part", "is unknown, allowed are TRAIN and TEST");
}

}  // namespace fovea
