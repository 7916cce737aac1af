#include "server/training/class_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(ClassWeights, LabGivesTheReferenceWeights) {
  const std::vector<int64_t> counts = {20656, 1955, 4210, 698, 581};
  EXPECT_THAT(ClassWeights({}, counts).value(),
              ElementsAre(DoubleNear(1.0, 5e-5), DoubleNear(3.5122, 5e-5), DoubleNear(3.2093, 5e-5),
                          DoubleNear(3.6811, 5e-5), DoubleNear(3.6968, 5e-5)));
}

TEST(ClassWeights, InverseFrequencyHasMeanOneOverThePhotographs) {
  RecipeOptions recipe;
  recipe.class_weighting = ClassWeighting::kInverseFrequency;
  EXPECT_THAT(ClassWeights(recipe, {6, 2}).value(),
              ElementsAre(DoubleNear(8.0 / 12, 1e-12), DoubleNear(2.0, 1e-12)));
}

TEST(ClassWeights, NoneAndGiven) {
  RecipeOptions recipe;
  recipe.class_weighting = ClassWeighting::kNone;
  EXPECT_THAT(ClassWeights(recipe, {6, 2}).value(), ElementsAre(1.0, 1.0));
  recipe.class_weighting = ClassWeighting::kGiven;
  recipe.class_weights = {0.5, 2};
  EXPECT_THAT(ClassWeights(recipe, {6, 2}).value(), ElementsAre(0.5, 2.0));
}

TEST(ClassWeights, RefusesWhatIsUndefined) {
  EXPECT_THAT(ClassWeights({}, {8, 0}).status().message(), HasSubstr("recipe.class_weighting"));
  RecipeOptions recipe;
  recipe.class_weighting = ClassWeighting::kInverseFrequency;
  EXPECT_THAT(ClassWeights(recipe, {8, 0}).status().message(), HasSubstr("class 1"));
  recipe.class_weighting = ClassWeighting::kGiven;
  recipe.class_weights = {1, 1, 1};
  EXPECT_THAT(ClassWeights(recipe, {8, 1}).status().message(), HasSubstr("recipe.class_weights"));
}

}  // namespace
}  // namespace fovea
