// The one table of defaults; the comments of proto/fovea/v1/training.proto repeat them.
#include "server/convert/recipes.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace fovea {
namespace {

RecipeOptions Lab() {
  RecipeOptions recipe;
  recipe.validation_share = 0.1;
  return recipe;
}

RecipeOptions Pretrain() {
  RecipeOptions recipe;
  recipe.epochs = 30;
  recipe.precision = TrainingPrecision::kMixed;
  recipe.head_epochs = 0;
  recipe.batch_size = 64;
  recipe.learning_rate = 0.05;
  recipe.learning_rate_schedule = LearningRateSchedule::kCosine;
  recipe.warmup_epochs = 1;
  recipe.weight_decay = 5e-4;
  recipe.class_weighting = ClassWeighting::kNone;
  recipe.label_smoothing = 0.1;
  recipe.augmentation.flip_vertical = false;
  recipe.augmentation.random_resized_crop_min_area = 0.25;
  return recipe;
}

RecipeOptions Modern() {
  RecipeOptions recipe;
  recipe.epochs = 10;
  recipe.precision = TrainingPrecision::kMixed;
  recipe.head_epochs = 3;
  recipe.batch_size = 16;
  recipe.learning_rate = 0.002;
  recipe.learning_rate_schedule = LearningRateSchedule::kCosine;
  recipe.warmup_epochs = 0.5;
  recipe.weight_decay = 5e-4;
  recipe.class_weighting = ClassWeighting::kLab;
  recipe.sampling = Sampling::kShuffled;
  recipe.label_smoothing = 0.05;
  recipe.ema_decay = 0.99;
  recipe.validation_share = 0.1;
  recipe.best_epoch = BestEpochBy::kLast;
  recipe.target = Target::kOrdinal;
  recipe.augmentation.rotation_degrees = 180;
  recipe.augmentation.scale_jitter = 0.1;
  recipe.augmentation.brightness_jitter = 0.2;
  recipe.augmentation.contrast_jitter = 0.2;
  recipe.augmentation.saturation_jitter = 0.2;
  return recipe;
}

}  // namespace

absl::StatusOr<RecipeOptions> NamedRecipe(absl::string_view name) {
  if (name == "lab") return Lab();
  if (name == "pretrain") return Pretrain();
  if (name == "modern") return Modern();
  return FieldError("recipe.name", absl::StrCat("\"", absl::CHexEscape(name.substr(0, 40)),
                                                "\" is unknown, allowed are lab, pretrain and "
                                                "modern"));
}

PreprocessDefaults NamedPreprocess(absl::string_view name) {
  if (name == "modern") return {.crop_to_fundus = true, .subtract_local_average = true};
  return {};
}

}  // namespace fovea
