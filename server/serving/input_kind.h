// What a request brings for the network.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace fovea {

enum class InputKind {
  kTensor,  // Preprocessed by the caller.
  kImage,   // A JPEG or PNG file.
};

inline constexpr char kImageSuffix[] = "-image";

// The name that statistics and the Open Inference Protocol have for a model with this kind of
// input.
inline std::string InferenceName(absl::string_view model_id, InputKind kind) {
  return kind == InputKind::kImage ? absl::StrCat(model_id, kImageSuffix) : std::string(model_id);
}

}  // namespace fovea
