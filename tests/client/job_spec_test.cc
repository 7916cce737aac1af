// Flags of `fovea job create` as a TrainingSpec.
#include "client/commands/job_spec.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace fovea::client {
namespace {

// What such a command line asks for; nothing when it is refused.
absl::StatusOr<v1::Recipe> RecipeOf(std::vector<std::string> arguments) {
  CLI::App app;
  JobSpecFlags flags;
  flags.AddTo(&app);
  std::reverse(arguments.begin(), arguments.end());  // As CLI11 wants them.
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return absl::InvalidArgumentError(error.what());
  }
  const absl::StatusOr<v1::TrainingSpec> spec = flags.Build();
  if (!spec.ok()) return spec.status();
  return spec->recipe();
}

TEST(JobSpecFlagsTest, TheValidationPart) {
  const absl::StatusOr<v1::Recipe> recipe = RecipeOf(
      {"--validation-share", "0.2", "--best-epoch", "validation-kappa", "--early-stopping-patience",
       "3", "--target", "ordinal", "--training-precision", "mixed"});
  ASSERT_TRUE(recipe.ok()) << recipe.status();
  EXPECT_EQ(recipe->validation_share(), 0.2);
  EXPECT_EQ(recipe->best_epoch(), v1::BEST_EPOCH_VALIDATION_KAPPA);
  EXPECT_EQ(recipe->early_stopping_patience(), 3);
  EXPECT_EQ(recipe->target(), v1::TARGET_ORDINAL);
  EXPECT_EQ(recipe->precision(), v1::TRAINING_PRECISION_MIXED);
}

TEST(JobSpecFlagsTest, ZeroAndTheDefaultsCanBeAskedFor) {
  const absl::StatusOr<v1::Recipe> recipe =
      RecipeOf({"--recipe", "modern", "--validation-share", "0", "--best-epoch", "test-accuracy",
                "--early-stopping-patience", "0", "--target", "classes"});
  ASSERT_TRUE(recipe.ok()) << recipe.status();
  EXPECT_TRUE(recipe->has_validation_share());
  EXPECT_EQ(recipe->validation_share(), 0);
  EXPECT_EQ(recipe->best_epoch(), v1::BEST_EPOCH_TEST_ACCURACY);
  EXPECT_TRUE(recipe->has_early_stopping_patience());
  EXPECT_EQ(recipe->target(), v1::TARGET_CLASSES);
}

TEST(JobSpecFlagsTest, WhatIsNotGivenStaysTheServers) {
  const absl::StatusOr<v1::Recipe> recipe = RecipeOf({"--epochs", "3"});
  ASSERT_TRUE(recipe.ok()) << recipe.status();
  EXPECT_FALSE(recipe->has_validation_share());
  EXPECT_FALSE(recipe->has_early_stopping_patience());
  EXPECT_EQ(recipe->best_epoch(), v1::BEST_EPOCH_UNSPECIFIED);
  EXPECT_EQ(recipe->target(), v1::TARGET_UNSPECIFIED);
}

TEST(JobSpecFlagsTest, UnknownWordsAreRefused) {
  EXPECT_FALSE(RecipeOf({"--best-epoch", "loss"}).ok());
  EXPECT_FALSE(RecipeOf({"--target", "regression"}).ok());
}

}  // namespace
}  // namespace fovea::client
