#include "server/convert/training_spec.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/cores.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "server/convert/check.h"
#include "server/convert/enums.h"
#include "server/convert/preprocess.h"
#include "server/convert/recipe.h"
#include "server/convert/recipes.h"

namespace fovea {
namespace {

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

void FillPreprocess(const PreprocessDefaults& defaults, v1::PreprocessSpec* preprocess) {
  if (!preprocess->has_crop_to_fundus()) preprocess->set_crop_to_fundus(defaults.crop_to_fundus);
  if (!preprocess->has_subtract_local_average()) {
    preprocess->set_subtract_local_average(defaults.subtract_local_average);
  }
}

absl::Status FillSpec(v1::TrainingSpec* spec) {
  if (spec->architecture() == v1::ARCHITECTURE_UNSPECIFIED) {
    spec->set_architecture(v1::ARCHITECTURE_RESNET18);
  }
  if (spec->model_id().empty()) {
    spec->set_model_id(spec->architecture() == v1::ARCHITECTURE_RESNET50 ? "dr-resnet50"
                                                                         : "dr-resnet18");
  }
  if (spec->init().empty()) spec->set_init("random");
  FOVEA_RETURN_IF_ERROR(FillRecipe(spec->mutable_recipe()));
  FillPreprocess(NamedPreprocess(spec->recipe().name()), spec->mutable_preprocess());
  if (!spec->has_seed()) spec->set_seed(0);
  if (!spec->has_threads()) spec->set_threads(std::min(AvailableCores(), 256));
  if (!spec->has_max_bad_image_share()) spec->set_max_bad_image_share(0.01);
  if (!spec->has_max_attempts()) spec->set_max_attempts(3);
  if (spec->device().empty()) spec->set_device("auto");
  if (spec->inference_precision() == v1::INFERENCE_PRECISION_UNSPECIFIED) {
    spec->set_inference_precision(v1::INFERENCE_PRECISION_AUTO);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ResolveTrainingSpec(v1::TrainingSpec* spec) {
  FOVEA_RETURN_IF_ERROR(FillSpec(spec));
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
  FOVEA_RETURN_IF_ERROR(
      PrecisionChoiceFromProto("inference_precision", spec->inference_precision()).status());
  FOVEA_ASSIGN_OR_RETURN(const PreprocessSpec preprocess, PreprocessFromProto(spec->preprocess()));
  *spec->mutable_preprocess() = PreprocessToProto(preprocess);
  if (preprocess.crop_size <= 32 && spec->recipe().batch_size() == 1) {
    return FieldError("recipe.batch_size",
                      "is 1, which batch normalisation cannot train with at a crop_size of 32");
  }
  return absl::OkStatus();
}

absl::StatusOr<TrainingOptions> TrainingOptionsFromProto(const v1::TrainingSpec& spec) {
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
  FOVEA_ASSIGN_OR_RETURN(
      options.inference_precision,
      PrecisionChoiceFromProto("inference_precision", spec.inference_precision()));
  FOVEA_ASSIGN_OR_RETURN(options.recipe, RecipeFromProto(spec.recipe()));
  return options;
}

}  // namespace fovea
