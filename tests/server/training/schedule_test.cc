#include "server/training/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fovea {
namespace {

constexpr LearningRateSchedule kConstant = LearningRateSchedule::kConstant;
constexpr LearningRateSchedule kCosine = LearningRateSchedule::kCosine;

TEST(ScheduledRate, ConstantIsThePeakToTheLastBit) {
  for (const int64_t step : {0, 1, 99}) {
    EXPECT_EQ(ScheduledRate(kConstant, 1e-3, 0, step, 100), 1e-3);
  }
}

TEST(ScheduledRate, CosineFallsFromThePeakTowardsZero) {
  EXPECT_DOUBLE_EQ(ScheduledRate(kCosine, 0.2, 0, 0, 4), 0.2);
  EXPECT_DOUBLE_EQ(ScheduledRate(kCosine, 0.2, 0, 1, 4), 0.1 * (1 + std::sqrt(0.5)));
  EXPECT_DOUBLE_EQ(ScheduledRate(kCosine, 0.2, 0, 2, 4), 0.1);
  EXPECT_DOUBLE_EQ(ScheduledRate(kCosine, 0.2, 0, 3, 4), 0.1 * (1 - std::sqrt(0.5)));
}

TEST(ScheduledRate, WarmUpRisesLinearlyFromZero) {
  EXPECT_DOUBLE_EQ(ScheduledRate(kConstant, 0.8, 4, 0, 8), 0.2);
  EXPECT_DOUBLE_EQ(ScheduledRate(kConstant, 0.8, 4, 1, 8), 0.4);
  EXPECT_DOUBLE_EQ(ScheduledRate(kConstant, 0.8, 4, 3, 8), 0.8);
  EXPECT_DOUBLE_EQ(ScheduledRate(kConstant, 0.8, 4, 7, 8), 0.8);
}

TEST(ScheduledRate, TheCosineBeginsAfterTheWarmUp) {
  EXPECT_DOUBLE_EQ(ScheduledRate(kCosine, 0.8, 2, 1, 4), 0.8);
  EXPECT_DOUBLE_EQ(ScheduledRate(kCosine, 0.8, 2, 2, 4), 0.8);
  EXPECT_DOUBLE_EQ(ScheduledRate(kCosine, 0.8, 2, 3, 4), 0.4);
}

TEST(ScheduledRate, AWarmUpOfAFractionNeverPassesThePeak) {
  EXPECT_DOUBLE_EQ(ScheduledRate(kCosine, 0.6, 1.5, 0, 4), 0.4);
  EXPECT_DOUBLE_EQ(ScheduledRate(kCosine, 0.6, 1.5, 1, 4), 0.6);
  EXPECT_DOUBLE_EQ(ScheduledRate(kCosine, 0.6, 1.5, 2, 4),
                   0.3 * (1 + std::cos(std::acos(-1.0) * 0.2)));
}

TEST(ScheduledRate, AWarmUpLongerThanThePhaseOnlyRises) {
  EXPECT_DOUBLE_EQ(ScheduledRate(kCosine, 0.8, 8, 3, 4), 0.4);
}

TEST(LearningRateAt, EveryPhaseHasItsOwnSchedule) {
  RecipeOptions recipe;
  recipe.epochs = 5;
  recipe.head_epochs = 1;
  recipe.learning_rate = 0.4;
  recipe.learning_rate_schedule = kCosine;
  // Two steps an epoch: the first phase has 2 steps, the second one 8.
  EXPECT_DOUBLE_EQ(LearningRateAt(recipe, 1, 0, 2), 0.4);
  EXPECT_DOUBLE_EQ(LearningRateAt(recipe, 1, 1, 2), 0.2);
  EXPECT_DOUBLE_EQ(LearningRateAt(recipe, 2, 0, 2), 0.4);
  EXPECT_DOUBLE_EQ(LearningRateAt(recipe, 4, 0, 2), 0.2);
  recipe.warmup_epochs = 0.5;
  EXPECT_DOUBLE_EQ(LearningRateAt(recipe, 2, 0, 4), 0.2);
}

}  // namespace
}  // namespace fovea
