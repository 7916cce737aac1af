#include "server/convert/training_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace fovea {
namespace {

using testing::StartsWith;

v1::TrainingSpec Spec() {
  v1::TrainingSpec spec;
  spec.set_dataset("datasets/eyes");
  return spec;
}

TEST(ResolveTrainingSpec, FillsInTheReferenceRecipe) {
  v1::TrainingSpec spec = Spec();
  ASSERT_TRUE(ResolveTrainingSpec(&spec).ok());
  EXPECT_EQ(spec.model_id(), "dr-resnet18");
  EXPECT_EQ(spec.init(), "random");
  EXPECT_EQ(spec.recipe().name(), "lab");
  EXPECT_EQ(spec.recipe().epochs(), 20);
  EXPECT_EQ(spec.recipe().head_epochs(), 5);
  EXPECT_EQ(spec.recipe().batch_size(), 16);
  EXPECT_EQ(spec.recipe().learning_rate(), 1e-3);
  EXPECT_EQ(spec.recipe().momentum(), 0.9);
  EXPECT_EQ(spec.recipe().weight_decay(), 5e-4);
  EXPECT_EQ(spec.recipe().class_weighting(), v1::CLASS_WEIGHTING_LAB);
  EXPECT_TRUE(spec.recipe().flip_horizontal() && spec.recipe().flip_vertical());
  EXPECT_TRUE(spec.recipe().random_crop() && spec.recipe().head_batch_norm_moves());
  EXPECT_EQ(spec.preprocess().resize_short_side(), 256);
  EXPECT_EQ(spec.preprocess().mean_size(), 3);
  EXPECT_TRUE(spec.has_seed());
  EXPECT_GE(spec.threads(), 1);
  EXPECT_EQ(spec.max_bad_image_share(), 0.01);
  EXPECT_EQ(spec.max_attempts(), 3);
  EXPECT_EQ(spec.device(), "auto");

  v1::TrainingSpec again = spec;
  ASSERT_TRUE(ResolveTrainingSpec(&again).ok());
  EXPECT_EQ(again.SerializeAsString(), spec.SerializeAsString());
}

TEST(ResolveTrainingSpec, KeepsWhatIsGiven) {
  v1::TrainingSpec spec = Spec();
  spec.mutable_recipe()->set_epochs(3);
  spec.mutable_recipe()->set_momentum(0);
  spec.mutable_recipe()->set_flip_vertical(false);
  spec.mutable_preprocess()->set_scaled_decode(true);
  spec.set_architecture(v1::ARCHITECTURE_RESNET50);
  ASSERT_TRUE(ResolveTrainingSpec(&spec).ok());
  const TrainingOptions options = TrainingOptionsFromProto(spec).value();
  EXPECT_EQ(options.recipe.epochs, 3);
  EXPECT_EQ(options.recipe.head_epochs, 3);
  EXPECT_EQ(options.recipe.momentum, 0);
  EXPECT_FALSE(options.recipe.augmentation.flip_vertical);
  EXPECT_TRUE(options.preprocess.scaled_decode);
  EXPECT_EQ(options.architecture, Architecture::kResNet50);
  EXPECT_EQ(options.model_id, "dr-resnet50");
}

TEST(ResolveTrainingSpec, FillsEveryFieldOfEveryRecipe) {
  for (const char* name : {"lab", "pretrain", "modern"}) {
    v1::TrainingSpec spec = Spec();
    spec.mutable_recipe()->set_name(name);
    ASSERT_TRUE(ResolveTrainingSpec(&spec).ok()) << name;
    const v1::Recipe& recipe = spec.recipe();
    const auto* fields = v1::Recipe::descriptor();
    for (int i = 0; i < fields->field_count(); ++i) {
      if (fields->field(i)->is_repeated()) continue;
      EXPECT_TRUE(recipe.GetReflection()->HasField(recipe, fields->field(i)))
          << name << ": " << fields->field(i)->name();
    }
  }
}

TEST(ResolveTrainingSpec, LabHasNoneOfTheLaterParts) {
  v1::TrainingSpec spec = Spec();
  ASSERT_TRUE(ResolveTrainingSpec(&spec).ok());
  const RecipeOptions lab = TrainingOptionsFromProto(spec).value().recipe;
  EXPECT_EQ(lab.learning_rate_schedule, LearningRateSchedule::kConstant);
  EXPECT_EQ(lab.warmup_epochs, 0);
  EXPECT_EQ(lab.backbone_learning_rate_scale, 1);
  EXPECT_EQ(lab.label_smoothing, 0);
  EXPECT_EQ(lab.sampling, Sampling::kShuffled);
  EXPECT_EQ(lab.ema_decay, 0);
  EXPECT_EQ(lab.early_stopping_patience, 0);
  EXPECT_EQ(lab.target, Target::kClasses);
  EXPECT_EQ(lab.test_time_views, 1);
  EXPECT_EQ(lab.augmentation.random_resized_crop_min_area, 0);
  EXPECT_EQ(lab.augmentation.rotation_degrees, 0);
  EXPECT_EQ(lab.augmentation.scale_jitter, 0);
  EXPECT_EQ(lab.augmentation.brightness_jitter, 0);
  EXPECT_EQ(lab.augmentation.contrast_jitter, 0);
  EXPECT_EQ(lab.augmentation.saturation_jitter, 0);
}

TEST(ResolveTrainingSpec, PretrainIsForRandomWeights) {
  v1::TrainingSpec spec = Spec();
  spec.mutable_recipe()->set_name("pretrain");
  ASSERT_TRUE(ResolveTrainingSpec(&spec).ok());
  const RecipeOptions recipe = TrainingOptionsFromProto(spec).value().recipe;
  EXPECT_EQ(recipe.epochs, 30);
  EXPECT_EQ(recipe.head_epochs, 0);
  EXPECT_EQ(recipe.batch_size, 64);
  EXPECT_EQ(recipe.learning_rate, 0.05);
  EXPECT_EQ(recipe.learning_rate_schedule, LearningRateSchedule::kCosine);
  EXPECT_EQ(recipe.warmup_epochs, 1);
  EXPECT_EQ(recipe.momentum, 0.9);
  EXPECT_EQ(recipe.weight_decay, 5e-4);
  EXPECT_EQ(recipe.class_weighting, ClassWeighting::kNone);
  EXPECT_EQ(recipe.label_smoothing, 0.1);
  EXPECT_TRUE(recipe.augmentation.flip_horizontal);
  EXPECT_FALSE(recipe.augmentation.flip_vertical);
  EXPECT_EQ(recipe.augmentation.random_resized_crop_min_area, 0.25);
}

TEST(ResolveTrainingSpec, ModernIsForFineTuning) {
  v1::TrainingSpec spec = Spec();
  spec.mutable_recipe()->set_name("modern");
  ASSERT_TRUE(ResolveTrainingSpec(&spec).ok());
  const RecipeOptions recipe = TrainingOptionsFromProto(spec).value().recipe;
  EXPECT_EQ(recipe.epochs, 10);
  EXPECT_EQ(recipe.head_epochs, 3);
  EXPECT_EQ(recipe.batch_size, 16);
  EXPECT_EQ(recipe.learning_rate, 0.002);
  EXPECT_EQ(recipe.learning_rate_schedule, LearningRateSchedule::kCosine);
  EXPECT_EQ(recipe.warmup_epochs, 0.5);
  EXPECT_EQ(recipe.backbone_learning_rate_scale, 1);
  EXPECT_EQ(recipe.weight_decay, 5e-4);
  EXPECT_EQ(recipe.class_weighting, ClassWeighting::kLab);
  EXPECT_EQ(recipe.sampling, Sampling::kShuffled);
  EXPECT_EQ(recipe.label_smoothing, 0.05);
  EXPECT_EQ(recipe.ema_decay, 0.99);
  EXPECT_TRUE(recipe.augmentation.flip_horizontal && recipe.augmentation.flip_vertical);
  EXPECT_EQ(recipe.augmentation.rotation_degrees, 180);
  EXPECT_EQ(recipe.augmentation.scale_jitter, 0.1);
  EXPECT_EQ(recipe.augmentation.brightness_jitter, 0.2);
  EXPECT_EQ(recipe.augmentation.contrast_jitter, 0.2);
  EXPECT_EQ(recipe.augmentation.saturation_jitter, 0.2);
}

TEST(ResolveTrainingSpec, ValidationPartsByRecipe) {
  const auto recipe = [](const char* name) {
    v1::TrainingSpec spec = Spec();
    spec.mutable_recipe()->set_name(name);
    EXPECT_TRUE(ResolveTrainingSpec(&spec).ok()) << name;
    return TrainingOptionsFromProto(spec).value().recipe;
  };
  const RecipeOptions lab = recipe("lab");
  EXPECT_EQ(lab.validation_share, 0.1);
  EXPECT_EQ(lab.best_epoch, BestEpochBy::kTestAccuracy);
  EXPECT_EQ(lab.early_stopping_patience, 0);
  const RecipeOptions pretrain = recipe("pretrain");
  EXPECT_EQ(pretrain.validation_share, 0);
  EXPECT_EQ(pretrain.best_epoch, BestEpochBy::kTestAccuracy);
  EXPECT_EQ(pretrain.early_stopping_patience, 0);
  const RecipeOptions modern = recipe("modern");
  EXPECT_EQ(modern.validation_share, 0.1);
  EXPECT_EQ(modern.best_epoch, BestEpochBy::kLast);
  EXPECT_EQ(modern.early_stopping_patience, 0);
  EXPECT_EQ(modern.target, Target::kOrdinal);
  for (const RecipeOptions& each : {lab, pretrain}) EXPECT_EQ(each.target, Target::kClasses);
  EXPECT_EQ(lab.precision, TrainingPrecision::kFloat32);
  EXPECT_EQ(pretrain.precision, TrainingPrecision::kMixed);
  EXPECT_EQ(modern.precision, TrainingPrecision::kMixed);
}

TEST(ResolveTrainingSpec, ModernPreparesPhotographsUnlessToldNotTo) {
  const auto resolved = [](const char* name, bool told) {
    v1::TrainingSpec spec = Spec();
    spec.mutable_recipe()->set_name(name);
    if (told) {
      spec.mutable_preprocess()->set_crop_to_fundus(false);
      spec.mutable_preprocess()->set_subtract_local_average(false);
    }
    EXPECT_TRUE(ResolveTrainingSpec(&spec).ok());
    return TrainingOptionsFromProto(spec).value().preprocess;
  };
  EXPECT_TRUE(resolved("modern", false).crop_to_fundus);
  EXPECT_TRUE(resolved("modern", false).subtract_local_average);
  EXPECT_FALSE(resolved("modern", false).scaled_decode);
  EXPECT_EQ(resolved("modern", true), PreprocessSpec());
  EXPECT_EQ(resolved("lab", false), PreprocessSpec());
  EXPECT_EQ(resolved("pretrain", false), PreprocessSpec());
}

// What needs a validation part is refused without one, by its own field and with the way out.
TEST(ResolveTrainingSpec, SaysWhatNeedsAValidationPart) {
  const auto message = [](const std::function<void(v1::Recipe*)>& change, double share) {
    v1::TrainingSpec spec = Spec();
    spec.mutable_recipe()->set_validation_share(share);
    change(spec.mutable_recipe());
    return std::string(ResolveTrainingSpec(&spec).message());
  };
  const auto by_kappa = [](v1::Recipe* r) { r->set_best_epoch(v1::BEST_EPOCH_VALIDATION_KAPPA); };
  const auto patience = [](v1::Recipe* r) { r->set_early_stopping_patience(3); };
  const auto ordinal = [](v1::Recipe* r) { r->set_target(v1::TARGET_ORDINAL); };
  EXPECT_EQ(message(by_kappa, 0),
            "recipe.best_epoch: needs a validation part: set recipe.validation_share above 0, or "
            "TEST_ACCURACY");
  EXPECT_EQ(message(patience, 0),
            "recipe.early_stopping_patience: needs a validation part: set recipe.validation_share "
            "above 0, or 0 for never");
  EXPECT_EQ(message(ordinal, 0),
            "recipe.target: needs a validation part: set recipe.validation_share above 0, or "
            "CLASSES");
  EXPECT_EQ(message([](v1::Recipe* r) { r->set_name("modern"); }, 0).substr(0, 14),
            "recipe.target:");
  EXPECT_EQ(message(by_kappa, 0.2), "");
  EXPECT_EQ(message(patience, 0.2), "");
  EXPECT_EQ(message(ordinal, 0.2), "");
  EXPECT_EQ(message([](v1::Recipe*) {}, 0), "");
}

TEST(ResolveTrainingSpec, AGivenFieldWinsOverTheRecipe) {
  v1::TrainingSpec spec = Spec();
  spec.mutable_recipe()->set_name("modern");
  spec.mutable_recipe()->set_ema_decay(0);
  spec.mutable_recipe()->set_test_time_views(4);
  spec.mutable_recipe()->set_learning_rate_schedule(v1::LEARNING_RATE_SCHEDULE_CONSTANT);
  spec.mutable_recipe()->set_sampling(v1::SAMPLING_CLASS_BALANCED);
  spec.mutable_recipe()->set_epochs(1);
  ASSERT_TRUE(ResolveTrainingSpec(&spec).ok());
  const RecipeOptions recipe = TrainingOptionsFromProto(spec).value().recipe;
  EXPECT_EQ(recipe.ema_decay, 0);
  EXPECT_EQ(recipe.test_time_views, 4);
  EXPECT_EQ(recipe.learning_rate_schedule, LearningRateSchedule::kConstant);
  EXPECT_EQ(recipe.sampling, Sampling::kClassBalanced);
  EXPECT_EQ(recipe.head_epochs, 1);
}

TEST(ResolveTrainingSpec, SaysTheRange) {
  v1::TrainingSpec spec = Spec();
  spec.mutable_recipe()->set_rotation_degrees(200);
  EXPECT_EQ(ResolveTrainingSpec(&spec).message(),
            "recipe.rotation_degrees: is 200, allowed are 0 to 180");
  spec.mutable_recipe()->set_name("best");
  EXPECT_EQ(ResolveTrainingSpec(&spec).message(),
            "recipe.name: \"best\" is unknown, allowed are lab, pretrain and modern");
}

TEST(ResolveTrainingSpec, TakesTheSmallestPictures) {
  v1::TrainingSpec spec = Spec();
  spec.mutable_preprocess()->set_resize_short_side(32);
  spec.mutable_preprocess()->set_crop_size(32);
  EXPECT_TRUE(ResolveTrainingSpec(&spec).ok());
  spec.mutable_recipe()->set_batch_size(1);
  EXPECT_THAT(std::string(ResolveTrainingSpec(&spec).message()), StartsWith("recipe.batch_size:"));
  spec.mutable_preprocess()->set_crop_size(31);
  EXPECT_THAT(std::string(ResolveTrainingSpec(&spec).message()),
              StartsWith("preprocess.crop_size:"));
}

struct Bad {
  const char* field;
  std::function<void(v1::TrainingSpec*)> spoil;
};

class BadSpec : public testing::TestWithParam<Bad> {};

TEST_P(BadSpec, IsRefusedByField) {
  v1::TrainingSpec spec = Spec();
  GetParam().spoil(&spec);
  const absl::Status status = ResolveTrainingSpec(&spec);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), StartsWith(std::string(GetParam().field) + ":"));
}

using Spec_ = v1::TrainingSpec;
INSTANTIATE_TEST_SUITE_P(
    All, BadSpec,
    testing::Values(
        Bad{"dataset", [](Spec_* s) { s->clear_dataset(); }},
        Bad{"dataset", [](Spec_* s) { s->set_dataset("datasets/../etc"); }},
        Bad{"model_id", [](Spec_* s) { s->set_model_id("Bad Name"); }},
        Bad{"architecture", [](Spec_* s) { s->set_architecture(static_cast<v1::Architecture>(9)); }},
        Bad{"init", [](Spec_* s) { s->set_init("imagenet"); }},
        Bad{"recipe.name", [](Spec_* s) { s->mutable_recipe()->set_name("best"); }},
        Bad{"recipe.epochs", [](Spec_* s) { s->mutable_recipe()->set_epochs(0); }},
        Bad{"recipe.epochs", [](Spec_* s) { s->mutable_recipe()->set_epochs(10001); }},
        Bad{"recipe.head_epochs", [](Spec_* s) { s->mutable_recipe()->set_head_epochs(21); }},
        Bad{"recipe.head_epochs", [](Spec_* s) { s->mutable_recipe()->set_head_epochs(-1); }},
        Bad{"recipe.batch_size", [](Spec_* s) { s->mutable_recipe()->set_batch_size(1025); }},
        Bad{"recipe.learning_rate", [](Spec_* s) { s->mutable_recipe()->set_learning_rate(0); }},
        Bad{"recipe.learning_rate",
            [](Spec_* s) { s->mutable_recipe()->set_learning_rate(std::nan("")); }},
        Bad{"recipe.momentum", [](Spec_* s) { s->mutable_recipe()->set_momentum(1); }},
        Bad{"recipe.weight_decay", [](Spec_* s) { s->mutable_recipe()->set_weight_decay(-1); }},
        Bad{"recipe.learning_rate_schedule",
            [](Spec_* s) {
              s->mutable_recipe()->set_learning_rate_schedule(
                  static_cast<v1::LearningRateSchedule>(9));
            }},
        Bad{"recipe.warmup_epochs", [](Spec_* s) { s->mutable_recipe()->set_warmup_epochs(-0.1); }},
        Bad{"recipe.warmup_epochs", [](Spec_* s) { s->mutable_recipe()->set_warmup_epochs(20.5); }},
        Bad{"recipe.backbone_learning_rate_scale",
            [](Spec_* s) { s->mutable_recipe()->set_backbone_learning_rate_scale(-1); }},
        Bad{"recipe.backbone_learning_rate_scale",
            [](Spec_* s) { s->mutable_recipe()->set_backbone_learning_rate_scale(10.5); }},
        Bad{"recipe.label_smoothing",
            [](Spec_* s) { s->mutable_recipe()->set_label_smoothing(1); }},
        Bad{"recipe.label_smoothing",
            [](Spec_* s) { s->mutable_recipe()->set_label_smoothing(std::nan("")); }},
        Bad{"recipe.sampling",
            [](Spec_* s) { s->mutable_recipe()->set_sampling(static_cast<v1::Sampling>(9)); }},
        Bad{"recipe.ema_decay", [](Spec_* s) { s->mutable_recipe()->set_ema_decay(1); }},
        Bad{"recipe.test_time_views", [](Spec_* s) { s->mutable_recipe()->set_test_time_views(0); }},
        Bad{"recipe.test_time_views", [](Spec_* s) { s->mutable_recipe()->set_test_time_views(3); }},
        Bad{"recipe.ema_decay", [](Spec_* s) { s->mutable_recipe()->set_ema_decay(-0.1); }},
        Bad{"recipe.validation_share",
            [](Spec_* s) { s->mutable_recipe()->set_validation_share(-0.1); }},
        Bad{"recipe.validation_share",
            [](Spec_* s) { s->mutable_recipe()->set_validation_share(0.51); }},
        Bad{"recipe.validation_share",
            [](Spec_* s) { s->mutable_recipe()->set_validation_share(std::nan("")); }},
        Bad{"recipe.best_epoch",
            [](Spec_* s) { s->mutable_recipe()->set_best_epoch(static_cast<v1::BestEpoch>(9)); }},
        Bad{"recipe.early_stopping_patience",
            [](Spec_* s) { s->mutable_recipe()->set_early_stopping_patience(-1); }},
        Bad{"recipe.early_stopping_patience",
            [](Spec_* s) { s->mutable_recipe()->set_early_stopping_patience(10001); }},
        Bad{"recipe.target",
            [](Spec_* s) { s->mutable_recipe()->set_target(static_cast<v1::Target>(9)); }},
        Bad{"recipe.random_resized_crop_min_area",
            [](Spec_* s) { s->mutable_recipe()->set_random_resized_crop_min_area(1.1); }},
        Bad{"recipe.rotation_degrees",
            [](Spec_* s) { s->mutable_recipe()->set_rotation_degrees(181); }},
        Bad{"recipe.rotation_degrees",
            [](Spec_* s) { s->mutable_recipe()->set_rotation_degrees(-1); }},
        Bad{"recipe.scale_jitter", [](Spec_* s) { s->mutable_recipe()->set_scale_jitter(1); }},
        Bad{"recipe.brightness_jitter",
            [](Spec_* s) { s->mutable_recipe()->set_brightness_jitter(1.5); }},
        Bad{"recipe.contrast_jitter",
            [](Spec_* s) { s->mutable_recipe()->set_contrast_jitter(-1); }},
        Bad{"recipe.saturation_jitter",
            [](Spec_* s) { s->mutable_recipe()->set_saturation_jitter(1.5); }},
        Bad{"recipe.class_weights", [](Spec_* s) { s->mutable_recipe()->add_class_weights(1); }},
        Bad{"recipe.class_weights",
            [](Spec_* s) {
              s->mutable_recipe()->set_class_weighting(v1::CLASS_WEIGHTING_GIVEN);
            }},
        Bad{"preprocess.mean", [](Spec_* s) { s->mutable_preprocess()->add_mean(0.5f); }},
        Bad{"preprocess.crop_size", [](Spec_* s) { s->mutable_preprocess()->set_crop_size(257); }},
        Bad{"threads", [](Spec_* s) { s->set_threads(0); }},
        Bad{"max_bad_image_share", [](Spec_* s) { s->set_max_bad_image_share(1.5); }},
        Bad{"max_attempts", [](Spec_* s) { s->set_max_attempts(11); }},
        Bad{"device", [](Spec_* s) { s->set_device("cuda:-1"); }},
        Bad{"device", [](Spec_* s) { s->set_device("tpu"); }}));

}  // namespace
}  // namespace fovea
