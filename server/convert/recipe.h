// Recipe: defaults, checks, and the plain options.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fovea/v1/training.pb.h"
#include "server/training/options.h"

namespace fovea {

// Gives every unset field the default of the recipe that is named; no name is `lab`.
// INVALID_ARGUMENT for an unknown name.
absl::Status FillRecipe(v1::Recipe* recipe);

// Of a filled recipe. INVALID_ARGUMENT "recipe.field: is X, allowed are A to B". Whether
// class_weights has one number a class is not looked at.
absl::Status CheckRecipe(const v1::Recipe& recipe);

// Of a recipe that passed.
absl::StatusOr<RecipeOptions> RecipeFromProto(const v1::Recipe& recipe);

}  // namespace fovea
