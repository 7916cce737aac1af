// Ranges of numbers of the wire.
#pragma once

#include <cmath>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/status.h"

namespace fovea {

// INVALID_ARGUMENT "field: is X, allowed are LOW to HIGH" outside of them.
inline absl::Status CheckInt(absl::string_view field, int64_t value, int64_t low, int64_t high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return FieldError(field, absl::StrCat("is ", value, ", allowed are ", low, " to ", high));
}

inline absl::Status CheckRange(absl::string_view field, double value, double low, double high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return FieldError(field, absl::StrCat("is ", value, ", allowed are ", low, " to ", high));
}

// The same for 0 to below 1.
inline absl::Status CheckBelowOne(absl::string_view field, double value) {
  if (value >= 0 && value < 1) return absl::OkStatus();
  return FieldError(field, absl::StrCat("is ", value, ", allowed are 0 to below 1"));
}

// `ok` says whether the value is in its range; infinities and NaN never are.
inline absl::Status CheckDouble(absl::string_view field, double value, bool ok,
                                absl::string_view allowed) {
  if (ok && std::isfinite(value)) return absl::OkStatus();
  return FieldError(field, absl::StrCat("is ", value, ", allowed is ", allowed));
}

}  // namespace fovea
