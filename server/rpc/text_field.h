// Lengths of texts that people write.
#pragma once

#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/status.h"

namespace fovea {

// INVALID_ARGUMENT for one of more than `most` characters; `text` is valid UTF-8, as protobuf's
// strings are.
inline absl::Status CheckLength(absl::string_view field, const std::string& text, int most) {
  const auto characters = std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;  // Not within a character.
  });
  if (characters <= most) return absl::OkStatus();
  return FieldError(field, absl::StrCat("has ", characters, " characters, allowed are ", most));
}

}  // namespace fovea
