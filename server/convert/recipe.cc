#include "server/convert/recipe.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "server/convert/check.h"
#include "server/convert/enums.h"
#include "server/convert/recipes.h"
#include "server/model/manifest.h"

namespace fovea {
namespace {

void FillLoop(const RecipeOptions& defaults, v1::Recipe* recipe) {
  if (!recipe->has_epochs()) recipe->set_epochs(defaults.epochs);
  if (!recipe->has_head_epochs()) {
    recipe->set_head_epochs(std::min(defaults.head_epochs, std::max(recipe->epochs(), 0)));
  }
  if (!recipe->has_batch_size()) recipe->set_batch_size(defaults.batch_size);
  if (!recipe->has_learning_rate()) recipe->set_learning_rate(defaults.learning_rate);
  if (!recipe->has_momentum()) recipe->set_momentum(defaults.momentum);
  if (!recipe->has_weight_decay()) recipe->set_weight_decay(defaults.weight_decay);
  if (!recipe->has_head_batch_norm_moves()) {
    recipe->set_head_batch_norm_moves(defaults.head_batch_norm_moves);
  }
  if (!recipe->has_warmup_epochs()) recipe->set_warmup_epochs(defaults.warmup_epochs);
  if (!recipe->has_backbone_learning_rate_scale()) {
    recipe->set_backbone_learning_rate_scale(defaults.backbone_learning_rate_scale);
  }
  if (!recipe->has_label_smoothing()) recipe->set_label_smoothing(defaults.label_smoothing);
  if (!recipe->has_ema_decay()) recipe->set_ema_decay(defaults.ema_decay);
  if (!recipe->has_test_time_views()) recipe->set_test_time_views(defaults.test_time_views);
  if (recipe->class_weighting() == v1::CLASS_WEIGHTING_UNSPECIFIED) {
    recipe->set_class_weighting(ClassWeightingToProto(defaults.class_weighting));
  }
  if (recipe->learning_rate_schedule() == v1::LEARNING_RATE_SCHEDULE_UNSPECIFIED) {
    recipe->set_learning_rate_schedule(ScheduleToProto(defaults.learning_rate_schedule));
  }
  if (recipe->sampling() == v1::SAMPLING_UNSPECIFIED) {
    recipe->set_sampling(SamplingToProto(defaults.sampling));
  }
  if (recipe->precision() == v1::TRAINING_PRECISION_UNSPECIFIED) {
    recipe->set_precision(PrecisionToProto(defaults.precision));
  }
}

void FillSelection(const RecipeOptions& defaults, v1::Recipe* recipe) {
  if (!recipe->has_validation_share()) recipe->set_validation_share(defaults.validation_share);
  if (recipe->best_epoch() == v1::BEST_EPOCH_UNSPECIFIED) {
    recipe->set_best_epoch(BestEpochToProto(defaults.best_epoch));
  }
  if (!recipe->has_early_stopping_patience()) {
    recipe->set_early_stopping_patience(defaults.early_stopping_patience);
  }
  if (recipe->target() == v1::TARGET_UNSPECIFIED) {
    recipe->set_target(TargetToProto(defaults.target));
  }
}

void FillAugmentation(const Augmentation& defaults, v1::Recipe* recipe) {
  if (!recipe->has_flip_horizontal()) recipe->set_flip_horizontal(defaults.flip_horizontal);
  if (!recipe->has_flip_vertical()) recipe->set_flip_vertical(defaults.flip_vertical);
  if (!recipe->has_random_crop()) recipe->set_random_crop(defaults.random_crop);
  if (!recipe->has_random_resized_crop_min_area()) {
    recipe->set_random_resized_crop_min_area(defaults.random_resized_crop_min_area);
  }
  if (!recipe->has_rotation_degrees()) recipe->set_rotation_degrees(defaults.rotation_degrees);
  if (!recipe->has_scale_jitter()) recipe->set_scale_jitter(defaults.scale_jitter);
  if (!recipe->has_brightness_jitter()) recipe->set_brightness_jitter(defaults.brightness_jitter);
  if (!recipe->has_contrast_jitter()) recipe->set_contrast_jitter(defaults.contrast_jitter);
  if (!recipe->has_saturation_jitter()) recipe->set_saturation_jitter(defaults.saturation_jitter);
}

absl::Status CheckClassWeights(const v1::Recipe& recipe) {
  FOVEA_RETURN_IF_ERROR(ClassWeightingFromProto(recipe.class_weighting()).status());
  const bool given = recipe.class_weighting() == v1::CLASS_WEIGHTING_GIVEN;
  if (given && recipe.class_weights_size() < 2) {
    return FieldError("recipe.class_weights", "is needed with GIVEN, one positive number a class");
  }
  if (!given && recipe.class_weights_size() > 0) {
    return FieldError("recipe.class_weights", "is allowed with class_weighting GIVEN only");
  }
  for (const double weight : recipe.class_weights()) {
    FOVEA_RETURN_IF_ERROR(
        CheckDouble("recipe.class_weights", weight, weight > 0, "a positive number a class"));
  }
  return absl::OkStatus();
}

absl::Status CheckOptimiser(const v1::Recipe& recipe) {
  FOVEA_RETURN_IF_ERROR(CheckDouble("recipe.learning_rate", recipe.learning_rate(),
                                    recipe.learning_rate() > 0, "a number above 0"));
  FOVEA_RETURN_IF_ERROR(CheckBelowOne("recipe.momentum", recipe.momentum()));
  FOVEA_RETURN_IF_ERROR(CheckDouble("recipe.weight_decay", recipe.weight_decay(),
                                    recipe.weight_decay() >= 0, "0 or more"));
  FOVEA_RETURN_IF_ERROR(ScheduleFromProto(recipe.learning_rate_schedule()).status());
  FOVEA_RETURN_IF_ERROR(
      CheckRange("recipe.warmup_epochs", recipe.warmup_epochs(), 0, recipe.epochs()));
  FOVEA_RETURN_IF_ERROR(CheckRange("recipe.backbone_learning_rate_scale",
                                   recipe.backbone_learning_rate_scale(), 0, 10));
  FOVEA_RETURN_IF_ERROR(CheckBelowOne("recipe.label_smoothing", recipe.label_smoothing()));
  return CheckBelowOne("recipe.ema_decay", recipe.ema_decay());
}

// Of parts of a recipe that are fitted or chosen on the validation part.
absl::Status CheckSelection(const v1::Recipe& recipe) {
  FOVEA_RETURN_IF_ERROR(CheckRange("recipe.validation_share", recipe.validation_share(), 0, 0.5));
  FOVEA_ASSIGN_OR_RETURN(const BestEpochBy best, BestEpochFromProto(recipe.best_epoch()));
  FOVEA_RETURN_IF_ERROR(CheckInt("recipe.early_stopping_patience",
                                 recipe.early_stopping_patience(), 0, 10000));
  FOVEA_ASSIGN_OR_RETURN(const Target target, TargetFromProto(recipe.target()));
  if (recipe.validation_share() > 0) return absl::OkStatus();
  constexpr char kNeeds[] = "needs a validation part: set recipe.validation_share above 0, or ";
  if (best == BestEpochBy::kValidationKappa) {
    return FieldError("recipe.best_epoch", absl::StrCat(kNeeds, "TEST_ACCURACY"));
  }
  if (recipe.early_stopping_patience() > 0) {
    return FieldError("recipe.early_stopping_patience", absl::StrCat(kNeeds, "0 for never"));
  }
  if (target == Target::kOrdinal) {
    return FieldError("recipe.target", absl::StrCat(kNeeds, "CLASSES"));
  }
  return absl::OkStatus();
}

absl::Status CheckTestTimeViews(int32_t views) {
  if (IsViewCount(views)) return absl::OkStatus();
  return FieldError("recipe.test_time_views",
                    absl::StrCat("is ", views, ", allowed are 1, 2 and 4"));
}

absl::Status CheckAugmentation(const v1::Recipe& recipe) {
  FOVEA_RETURN_IF_ERROR(CheckRange("recipe.random_resized_crop_min_area",
                                   recipe.random_resized_crop_min_area(), 0, 1));
  FOVEA_RETURN_IF_ERROR(
      CheckRange("recipe.rotation_degrees", recipe.rotation_degrees(), 0, 180));
  FOVEA_RETURN_IF_ERROR(CheckBelowOne("recipe.scale_jitter", recipe.scale_jitter()));
  FOVEA_RETURN_IF_ERROR(
      CheckRange("recipe.brightness_jitter", recipe.brightness_jitter(), 0, 1));
  FOVEA_RETURN_IF_ERROR(CheckRange("recipe.contrast_jitter", recipe.contrast_jitter(), 0, 1));
  return CheckRange("recipe.saturation_jitter", recipe.saturation_jitter(), 0, 1);
}

Augmentation AugmentationFromProto(const v1::Recipe& recipe) {
  Augmentation plain;
  plain.flip_horizontal = recipe.flip_horizontal();
  plain.flip_vertical = recipe.flip_vertical();
  plain.random_crop = recipe.random_crop();
  plain.random_resized_crop_min_area = recipe.random_resized_crop_min_area();
  plain.rotation_degrees = recipe.rotation_degrees();
  plain.scale_jitter = recipe.scale_jitter();
  plain.brightness_jitter = recipe.brightness_jitter();
  plain.contrast_jitter = recipe.contrast_jitter();
  plain.saturation_jitter = recipe.saturation_jitter();
  return plain;
}

}  // namespace

absl::Status FillRecipe(v1::Recipe* recipe) {
  if (recipe->name().empty()) recipe->set_name("lab");
  FOVEA_ASSIGN_OR_RETURN(const RecipeOptions defaults, NamedRecipe(recipe->name()));
  FillLoop(defaults, recipe);
  FillSelection(defaults, recipe);
  FillAugmentation(defaults.augmentation, recipe);
  return absl::OkStatus();
}

absl::Status CheckRecipe(const v1::Recipe& recipe) {
  FOVEA_RETURN_IF_ERROR(CheckInt("recipe.epochs", recipe.epochs(), 1, 10000));
  FOVEA_RETURN_IF_ERROR(CheckInt("recipe.head_epochs", recipe.head_epochs(), 0, recipe.epochs()));
  FOVEA_RETURN_IF_ERROR(CheckInt("recipe.batch_size", recipe.batch_size(), 1, 1024));
  FOVEA_RETURN_IF_ERROR(CheckOptimiser(recipe));
  FOVEA_RETURN_IF_ERROR(SamplingFromProto(recipe.sampling()).status());
  FOVEA_RETURN_IF_ERROR(PrecisionFromProto(recipe.precision()).status());
  FOVEA_RETURN_IF_ERROR(CheckSelection(recipe));
  FOVEA_RETURN_IF_ERROR(CheckAugmentation(recipe));
  FOVEA_RETURN_IF_ERROR(CheckTestTimeViews(recipe.test_time_views()));
  return CheckClassWeights(recipe);
}

absl::StatusOr<RecipeOptions> RecipeFromProto(const v1::Recipe& recipe) {
  RecipeOptions plain;
  plain.epochs = recipe.epochs();
  plain.head_epochs = recipe.head_epochs();
  plain.batch_size = recipe.batch_size();
  plain.learning_rate = recipe.learning_rate();
  plain.momentum = recipe.momentum();
  plain.weight_decay = recipe.weight_decay();
  plain.head_batch_norm_moves = recipe.head_batch_norm_moves();
  plain.warmup_epochs = recipe.warmup_epochs();
  plain.backbone_learning_rate_scale = recipe.backbone_learning_rate_scale();
  plain.label_smoothing = recipe.label_smoothing();
  plain.ema_decay = recipe.ema_decay();
  plain.validation_share = recipe.validation_share();
  plain.early_stopping_patience = recipe.early_stopping_patience();
  FOVEA_ASSIGN_OR_RETURN(plain.best_epoch, BestEpochFromProto(recipe.best_epoch()));
  FOVEA_ASSIGN_OR_RETURN(plain.target, TargetFromProto(recipe.target()));
  plain.test_time_views = recipe.test_time_views();
  FOVEA_ASSIGN_OR_RETURN(plain.class_weighting, ClassWeightingFromProto(recipe.class_weighting()));
  plain.class_weights.assign(recipe.class_weights().begin(), recipe.class_weights().end());
  FOVEA_ASSIGN_OR_RETURN(plain.learning_rate_schedule,
                         ScheduleFromProto(recipe.learning_rate_schedule()));
  FOVEA_ASSIGN_OR_RETURN(plain.sampling, SamplingFromProto(recipe.sampling()));
  FOVEA_ASSIGN_OR_RETURN(plain.precision, PrecisionFromProto(recipe.precision()));
  plain.augmentation = AugmentationFromProto(recipe);
  return plain;
}

}  // namespace fovea
