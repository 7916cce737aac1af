#include "server/convert/training_spec.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "server/convert/enums.h"
#include "server/convert/preprocess.h"

namespace fovea {
namespace {

absl::Status CheckInt(absl::string_view field, int64_t value, int64_t low, int64_t high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return FieldError(field, absl::StrCat("is ", value, ", allowed are ", low, " to ", high));
}

// `ok` says whether the value is in its range; infinities and NaN never are.
absl::Status CheckDouble(absl::string_view field, double value, bool ok, absl::string_view allowed) {
  if (ok && std::isfinite(value)) return absl::OkStatus();
  return FieldError(field, absl::StrCat("is ", value, ", allowed is ", allowed));
}

void FillRecipe(v1::Recipe* recipe) {
  const RecipeOptions lab;
  if (recipe->name().empty()) recipe->set_name("lab");
  if (!recipe->has_epochs()) recipe->set_epochs(lab.epochs);
  if (!recipe->has_head_epochs()) {
    recipe->set_head_epochs(std::min(lab.head_epochs, std::max(recipe->epochs(), 0)));
  }
  if (!recipe->has_batch_size()) recipe->set_batch_size(lab.batch_size);
  if (!recipe->has_learning_rate()) recipe->set_learning_rate(lab.learning_rate);
  if (!recipe->has_momentum()) recipe->set_momentum(lab.momentum);
  if (!recipe->has_weight_decay()) recipe->set_weight_decay(lab.weight_decay);
  if (recipe->class_weighting() == v1::CLASS_WEIGHTING_UNSPECIFIED) {
    recipe->set_class_weighting(ClassWeightingToProto(lab.class_weighting));
  }
  if (!recipe->has_flip_horizontal()) recipe->set_flip_horizontal(true);
  if (!recipe->has_flip_vertical()) recipe->set_flip_vertical(true);
  if (!recipe->has_random_crop()) recipe->set_random_crop(true);
  if (!recipe->has_head_batch_norm_moves()) {
    recipe->set_head_batch_norm_moves(lab.head_batch_norm_moves);
  }
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

absl::Status CheckRecipe(const v1::Recipe& recipe) {
  if (recipe.name() != "lab") {
    return FieldError("recipe.name", absl::StrCat("\"", recipe.name(), "\" is unknown, allowed is lab"));
  }
  FOVEA_RETURN_IF_ERROR(CheckInt("recipe.epochs", recipe.epochs(), 1, 10000));
  FOVEA_RETURN_IF_ERROR(CheckInt("recipe.head_epochs", recipe.head_epochs(), 0, recipe.epochs()));
  FOVEA_RETURN_IF_ERROR(CheckInt("recipe.batch_size", recipe.batch_size(), 1, 1024));
  FOVEA_RETURN_IF_ERROR(CheckDouble("recipe.learning_rate", recipe.learning_rate(),
                                    recipe.learning_rate() > 0, "a number above 0"));
  FOVEA_RETURN_IF_ERROR(CheckDouble("recipe.momentum", recipe.momentum(),
                                    recipe.momentum() >= 0 && recipe.momentum() < 1,
                                    "0 to below 1"));
  FOVEA_RETURN_IF_ERROR(CheckDouble("recipe.weight_decay", recipe.weight_decay(),
                                    recipe.weight_decay() >= 0, "0 or more"));
  return CheckClassWeights(recipe);
}

absl::Status CheckDevice(const std::string& device) {
  if (device == "auto" || device == "cpu") return absl::OkStatus();
  absl::string_view number = device;
  uint32_t index = 0;
  if (absl::ConsumePrefix(&number, "cuda:") && number.size() <= 3 &&
      absl::SimpleAtoi(number, &index) && number == absl::StrCat(index)) {
    return absl::OkStatus();
  }
  return FieldError("device", absl::StrCat("\"", device, "\" is unknown, allowed are auto, cpu and cuda:N"));
}

void FillSpec(v1::TrainingSpec* spec) {
  if (spec->architecture() == v1::ARCHITECTURE_UNSPECIFIED) {
    spec->set_architecture(v1::ARCHITECTURE_RESNET18);
  }
  if (spec->model_id().empty()) {
    spec->set_model_id(spec->architecture() == v1::ARCHITECTURE_RESNET50 ? "dr-resnet50"
                                                                         : "dr-resnet18");
  }
  if (spec->init().empty()) spec->set_init("random");
  FillRecipe(spec->mutable_recipe());
  if (!spec->has_seed()) spec->set_seed(0);
  if (!spec->has_threads()) {
    spec->set_threads(std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 256));
  }
  if (!spec->has_max_bad_image_share()) spec->set_max_bad_image_share(0.01);
  if (!spec->has_max_attempts()) spec->set_max_attempts(3);
  if (spec->device().empty()) spec->set_device("auto");
}

}  // namespace

absl::Status ResolveTrainingSpec(v1::TrainingSpec* spec) {
  FillSpec(spec);
  if (spec->dataset().empty()) return FieldError("dataset", "is required, datasets/{dataset}");
  FOVEA_RETURN_IF_ERROR(ParseName("dataset", "datasets", spec->dataset()).status());
  FOVEA_RETURN_IF_ERROR(ArchitectureFromProto(spec->architecture()).status());
  FOVEA_RETURN_IF_ERROR(ValidateId("model_id", spec->model_id()));
  if (spec->init() != "random") FOVEA_RETURN_IF_ERROR(ParseModelRef("init", spec->init()).status());
  FOVEA_RETURN_IF_ERROR(CheckRecipe(spec->recipe()));
  FOVEA_RETURN_IF_ERROR(CheckInt("threads", spec->threads(), 1, 256));
  const double share = spec->max_bad_image_share();
  FOVEA_RETURN_IF_ERROR(
      CheckDouble("max_bad_image_share", share, share >= 0 && share <= 1, "0 to 1"));
  FOVEA_RETURN_IF_ERROR(CheckInt("max_attempts", spec->max_attempts(), 1, 10));
  FOVEA_RETURN_IF_ERROR(CheckDevice(spec->device()));
  FOVEA_ASSIGN_OR_RETURN(const PreprocessSpec preprocess, PreprocessFromProto(spec->preprocess()));
  *spec->mutable_preprocess() = PreprocessToProto(preprocess);
  if (preprocess.crop_size <= 32 && spec->recipe().batch_size() == 1) {
    return FieldError("recipe.batch_size",
                      "is 1, which batch normalisation cannot train with at a crop_size of 32");
  }
  return absl::OkStatus();
}

absl::StatusOr<TrainingOptions> TrainingOptionsFromProto(const v1::TrainingSpec& spec) {
  const v1::Recipe& recipe = spec.recipe();
  TrainingOptions options;
  options.dataset = spec.dataset();
  options.model_id = spec.model_id();
  FOVEA_ASSIGN_OR_RETURN(options.architecture, ArchitectureFromProto(spec.architecture()));
  options.init = spec.init();
  FOVEA_ASSIGN_OR_RETURN(options.preprocess, PreprocessFromProto(spec.preprocess()));
  options.seed = spec.seed();
  options.threads = spec.threads();
  options.max_bad_image_share = spec.max_bad_image_share();
  options.device = spec.device();

  RecipeOptions& plain = options.recipe;
  plain.epochs = recipe.epochs();
  plain.head_epochs = recipe.head_epochs();
  plain.batch_size = recipe.batch_size();
  plain.learning_rate = recipe.learning_rate();
  plain.momentum = recipe.momentum();
  plain.weight_decay = recipe.weight_decay();
  FOVEA_ASSIGN_OR_RETURN(plain.class_weighting, ClassWeightingFromProto(recipe.class_weighting()));
  plain.class_weights.assign(recipe.class_weights().begin(), recipe.class_weights().end());
  plain.augmentation.flip_horizontal = recipe.flip_horizontal();
  plain.augmentation.flip_vertical = recipe.flip_vertical();
  plain.augmentation.random_crop = recipe.random_crop();
  plain.head_batch_norm_moves = recipe.head_batch_norm_moves();
  return options;
}

}  // namespace fovea
