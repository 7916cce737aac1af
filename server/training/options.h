// What a training job does, as plain structs. The wire form, with the meaning, unit, range and default
// of each field, is fovea.v1.TrainingSpec; server/convert fills in the defaults and checks ranges.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/preprocess/preprocess.h"
#include "common/preprocess/spec.h"
#include "server/model/architecture.h"
#include "server/model/precision.h"

namespace fovea {

enum class ClassWeighting { kLab, kNone, kInverseFrequency, kGiven };
enum class LearningRateSchedule { kConstant, kCosine };
enum class Sampling { kShuffled, kClassBalanced };
enum class Target { kClasses, kOrdinal };
enum class TrainingPrecision { kFloat32, kMixed };
enum class BestEpochBy { kTestAccuracy, kValidationKappa, kLast };

// The defaults are those of the reference recipe, `lab`, but for the validation part.
struct RecipeOptions {
  int epochs = 20;       // Both phases.
  int head_epochs = 5;   // Of the first phase, at most `epochs`.
  int batch_size = 16;
  double learning_rate = 1e-3;
  double momentum = 0.9;
  double weight_decay = 5e-4;
  ClassWeighting class_weighting = ClassWeighting::kLab;
  std::vector<double> class_weights;  // For kGiven, one a class.
  Augmentation augmentation;
  bool head_batch_norm_moves = true;
  LearningRateSchedule learning_rate_schedule = LearningRateSchedule::kConstant;
  double warmup_epochs = 0;
  double backbone_learning_rate_scale = 1;  // In phase FULL, of all but the last layer.
  double label_smoothing = 0;
  Sampling sampling = Sampling::kShuffled;
  double ema_decay = 0;  // 0: the weights are not averaged.
  double validation_share = 0;  // 0.1 in `lab`.
  BestEpochBy best_epoch = BestEpochBy::kTestAccuracy;
  int early_stopping_patience = 0;  // 0: never.
  Target target = Target::kClasses;
  int test_time_views = 1;
  TrainingPrecision precision = TrainingPrecision::kFloat32;
};

// Whether training cannot do without a validation part.
inline bool NeedsValidation(const RecipeOptions& recipe) {
  return recipe.best_epoch == BestEpochBy::kValidationKappa || recipe.early_stopping_patience > 0 ||
         recipe.target == Target::kOrdinal;
}

struct TrainingOptions {
  std::string dataset;
  std::string model_id;
  Architecture architecture = Architecture::kResNet18;
  std::string init = "random";
  RecipeOptions recipe;
  PreprocessSpec preprocess;
  uint64_t seed = 0;
  int threads = 1;
  double max_bad_image_share = 0.01;
  std::string device = "auto";
  PrecisionChoice inference_precision = PrecisionChoice::kAuto;  // The version's.
};

// SHA-256 (hex) over every option that the weights depend on; threads and device are left out. A
// checkpoint only goes on under the options that it was made with.
std::string OptionsFingerprint(const TrainingOptions& options);

}  // namespace fovea
