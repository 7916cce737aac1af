#include "server/training/options.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/sha256.h"

namespace fovea {

std::string OptionsFingerprint(const TrainingOptions& options) {
  const RecipeOptions& r = options.recipe;
  std::string text = absl::StrCat(
      "1 ", options.dataset, " ", static_cast<int>(options.architecture), " ", options.init, " ",
      options.seed, " ", r.epochs, " ", r.head_epochs, " ", r.batch_size, " ",
      static_cast<int>(r.class_weighting), " ", r.augmentation.flip_horizontal, " ",
      r.augmentation.flip_vertical, " ", r.augmentation.random_crop, " ", r.head_batch_norm_moves);
  // %a prints every bit.
  absl::StrAppendFormat(&text, " %a %a %a", r.learning_rate, r.momentum, r.weight_decay);
  for (const double weight : r.class_weights) absl::StrAppendFormat(&text, " %a", weight);
  absl::StrAppend(&text, " ", CanonicalPreprocessSpec(options.preprocess));
  return Sha256Hex(text);
}

}  // namespace fovea
