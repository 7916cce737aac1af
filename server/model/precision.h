// The numbers in which a version serves. No Torch.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace fovea {

enum class Precision { kFloat32, kBfloat16, kInt8 };

// What was asked for: a precision, or the best that the device and the version allow.
enum class PrecisionChoice { kAuto, kFloat32, kBfloat16, kInt8 };

// "fp32", "bf16", "int8"; "auto" too.
absl::string_view PrecisionName(Precision precision);
absl::string_view PrecisionChoiceName(PrecisionChoice choice);
absl::StatusOr<Precision> ParsePrecision(absl::string_view name);
absl::StatusOr<PrecisionChoice> ParsePrecisionChoice(absl::string_view name);

}  // namespace fovea
