#include "common/preprocess/spec.h"

#include <charconv>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/base/sha256.h"
#include "common/base/status.h"

namespace fovea {
namespace {

constexpr int kMinSide = 32;
constexpr int kMaxSide = 1024;

void AppendFloat(float value, std::string* out) {
  char text[32];
  const float number = value == 0.0f ? 0.0f : value;  // -0 equals 0, so it reads the same.
  const auto [end, error] = std::to_chars(text, text + sizeof(text), number);
  out->append(text, end);
}

void AppendFloats(absl::string_view name, const std::array<float, 3>& values, std::string* out) {
  absl::StrAppend(out, ",\"", name, "\":[");
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out->push_back(',');
    AppendFloat(values[i], out);
  }
  out->push_back(']');
}

}  // namespace

absl::Status ValidatePreprocessSpec(const PreprocessSpec& spec) {
  if (spec.resize_short_side < kMinSide || spec.resize_short_side > kMaxSide) {
    return FieldError("preprocess.resize_short_side",
                      absl::StrCat("is ", spec.resize_short_side, ", allowed are ", kMinSide,
                                   " to ", kMaxSide));
  }
  if (spec.crop_size < kMinSide || spec.crop_size > spec.resize_short_side) {
    return FieldError("preprocess.crop_size",
                      absl::StrCat("is ", spec.crop_size, ", allowed are ", kMinSide,
                                   " to resize_short_side, ", spec.resize_short_side));
  }
  for (const float mean : spec.mean) {
    if (!(mean >= 0.0f && mean <= 1.0f)) {
      return FieldError("preprocess.mean",
                        absl::StrCat("has ", mean, ", allowed are three values of 0 to 1"));
    }
  }
  for (const float std : spec.std) {
    // Denormal values would make infinite pixels.
    if (!(std > 0.0f) || !std::isnormal(std)) {
      return FieldError("preprocess.std", absl::StrCat("has ", std, ", allowed are three finite "
                                                       "values greater than 0"));
    }
  }
  return absl::OkStatus();
}

std::string CanonicalPreprocessSpec(const PreprocessSpec& spec) {
  std::string out = absl::StrCat("{\"algorithm_version\":", kPreprocessAlgorithmVersion,
                                 ",\"resize_short_side\":", spec.resize_short_side,
                                 ",\"crop_size\":", spec.crop_size);
  AppendFloats("mean", spec.mean, &out);
  AppendFloats("std", spec.std, &out);
  absl::StrAppend(&out, ",\"apply_exif_orientation\":",
                  spec.apply_exif_orientation ? "true" : "false");
  if (spec.crop_to_fundus) absl::StrAppend(&out, ",\"crop_to_fundus\":true");
  if (spec.subtract_local_average) absl::StrAppend(&out, ",\"subtract_local_average\":true");
  if (spec.scaled_decode) absl::StrAppend(&out, ",\"scaled_decode\":true");
  out.push_back('}');
  return out;
}

std::string PreprocessFingerprint(const PreprocessSpec& spec) {
  return Sha256Hex(CanonicalPreprocessSpec(spec));
}

}  // namespace fovea
