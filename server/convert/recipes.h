// The recipes that a job can name.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/training/options.h"

namespace fovea {

// What unset fields of the recipe `lab`, `pretrain` or `modern` are. INVALID_ARGUMENT for another
// name.
absl::StatusOr<RecipeOptions> NamedRecipe(absl::string_view name);

// Parts of the preprocessing that a recipe switches on where they are unset.
struct PreprocessDefaults {
  bool crop_to_fundus = false;
  bool subtract_local_average = false;
};

// Of a name that NamedRecipe knows.
PreprocessDefaults NamedPreprocess(absl::string_view name);

}  // namespace fovea
