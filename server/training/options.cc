#include "server/training/options.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/sha256.h"

namespace fovea {
namespace {

// What the reference recipe does not have; nothing where it is off, so that checkpoints of builds
// without it stay good.
std::string Extras(const RecipeOptions& recipe) {
  std::string text;
  const auto add = [&text](absl::string_view name, double value, double off) {
    if (value != off) absl::StrAppendFormat(&text, " %s=%a", name, value);
  };
  add("cosine", recipe.learning_rate_schedule == LearningRateSchedule::kCosine, 0);
  add("warmup", recipe.warmup_epochs, 0);
  add("backbone", recipe.backbone_learning_rate_scale, 1);
  add("smoothing", recipe.label_smoothing, 0);
  add("balanced", recipe.sampling == Sampling::kClassBalanced, 0);
  add("ema", recipe.ema_decay, 0);
  add("validation", recipe.validation_share, 0);
  add("best_by_validation", recipe.best_epoch == BestEpochBy::kValidationKappa, 0);
  add("last", recipe.best_epoch == BestEpochBy::kLast, 0);
  add("patience", recipe.early_stopping_patience, 0);
  add("ordinal", recipe.target == Target::kOrdinal, 0);
  add("views", recipe.test_time_views, 1);
  add("mixed", recipe.precision == TrainingPrecision::kMixed, 0);
  add("resized_crop", recipe.augmentation.random_resized_crop_min_area, 0);
  add("rotation", recipe.augmentation.rotation_degrees, 0);
  add("scale", recipe.augmentation.scale_jitter, 0);
  add("brightness", recipe.augmentation.brightness_jitter, 0);
  add("contrast", recipe.augmentation.contrast_jitter, 0);
  add("saturation", recipe.augmentation.saturation_jitter, 0);
  return text;
}

}  // namespace

std::string OptionsFingerprint(const TrainingOptions& options) {
  const RecipeOptions& r = options.recipe;
  std::string text = absl::StrCat(
      "1 ", options.dataset, " ", static_cast<int>(options.architecture), " ", options.init, " ",
      options.seed, " ", r.epochs, " ", r.head_epochs, " ", r.batch_size, " ",
      static_cast<int>(r.class_weighting), " ", r.augmentation.flip_horizontal, " ",
      r.augmentation.flip_vertical, " ", r.augmentation.random_crop, " ", r.head_batch_norm_moves);
  // %a prints every bit.
  absl::StrAppendFormat(&text, " %a %a %a", r.learning_rate, r.momentum, r.weight_decay);
  for (const double weight : r.class_weights) absl::StrAppendFormat(&text, " %a", weight);
  absl::StrAppend(&text, " ", CanonicalPreprocessSpec(options.preprocess), Extras(r));
  return Sha256Hex(text);
}

}  // namespace fovea
