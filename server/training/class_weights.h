// Weights of the classes in the loss.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "server/training/options.h"

namespace fovea {

// One weight a class, from the counts n of the train part (N in all):
//   kLab: (1 - n_i / N) / (1 - n_0 / N);  kNone: 1;  kInverseFrequency: N / (classes * n_i);
//   kGiven: recipe.class_weights.
// INVALID_ARGUMENT when the formula is undefined for these counts (kLab: only class 0 occurs;
// kInverseFrequency: a class without photographs) or the given ones are not one a class.
absl::StatusOr<std::vector<double>> ClassWeights(const RecipeOptions& recipe,
                                                 const std::vector<int64_t>& counts);

}  // namespace fovea
