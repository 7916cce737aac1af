// The recipes that a job can name.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/training/options.h"

namespace fovea {

// What unset fields of the recipe `lab`, `pretrain` or `modern` are. INVALID_ARGUMENT for another
// name.
absl::StatusOr<RecipeOptions> NamedRecipe(absl::string_view name);

}  // namespace fovea
