#include "server/training/class_weights.h"

#include <numeric>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace fovea {
namespace {

absl::StatusOr<std::vector<double>> Lab(const std::vector<int64_t>& counts, double total) {
  const double reference = 1.0 - static_cast<double>(counts[0]) / total;
  if (reference <= 0) {
    return FieldError("recipe.class_weighting",
                      "LAB is undefined when every training photograph has class 0, use NONE");
  }
  std::vector<double> weights;
  for (const int64_t count : counts) {
    weights.push_back((1.0 - static_cast<double>(count) / total) / reference);
  }
  return weights;
}

absl::StatusOr<std::vector<double>> InverseFrequency(const std::vector<int64_t>& counts,
                                                     double total) {
  std::vector<double> weights;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) {
      return FieldError("recipe.class_weighting",
                        absl::StrCat("INVERSE_FREQUENCY is undefined, class ", i,
                                     " has no training photograph, use LAB, NONE or GIVEN"));
    }
    weights.push_back(total / (static_cast<double>(counts.size()) * static_cast<double>(counts[i])));
  }
  return weights;
}

}  // namespace

absl::StatusOr<std::vector<double>> ClassWeights(const RecipeOptions& recipe,
                                                 const std::vector<int64_t>& counts) {
  const double total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
  if (counts.empty() || total <= 0) return FieldError("dataset", "has no training photographs");
  switch (recipe.class_weighting) {
    case ClassWeighting::kLab: return Lab(counts, total);
    case ClassWeighting::kNone: return std::vector<double>(counts.size(), 1.0);
    case ClassWeighting::kInverseFrequency: return InverseFrequency(counts, total);
    case ClassWeighting::kGiven: break;
  }
  if (recipe.class_weights.size() != counts.size()) {
    return FieldError("recipe.class_weights", absl::StrCat("has ", recipe.class_weights.size(),
                                                           " numbers, the data set has ",
                                                           counts.size(), " classes"));
  }
  return recipe.class_weights;
}

}  // namespace fovea
