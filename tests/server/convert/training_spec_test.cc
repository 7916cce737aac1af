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
  spec.set_architecture(v1::ARCHITECTURE_RESNET50);
  ASSERT_TRUE(ResolveTrainingSpec(&spec).ok());
  const TrainingOptions options = TrainingOptionsFromProto(spec).value();
  EXPECT_EQ(options.recipe.epochs, 3);
  EXPECT_EQ(options.recipe.head_epochs, 3);
  EXPECT_EQ(options.recipe.momentum, 0);
  EXPECT_FALSE(options.recipe.augmentation.flip_vertical);
  EXPECT_EQ(options.architecture, Architecture::kResNet50);
  EXPECT_EQ(options.model_id, "dr-resnet50");
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
