#include "server/model/precision.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace fovea {

absl::string_view PrecisionName(Precision precision) {
  switch (precision) {
    case Precision::kFloat32:
      return "fp32";
    case Precision::kBfloat16:
      return "bf16";
    case Precision::kInt8:
      return "int8";
  }
  return "";
}

absl::string_view PrecisionChoiceName(PrecisionChoice choice) {
  switch (choice) {
    case PrecisionChoice::kAuto:
      return "auto";
    case PrecisionChoice::kFloat32:
      return PrecisionName(Precision::kFloat32);
    case PrecisionChoice::kBfloat16:
      return PrecisionName(Precision::kBfloat16);
    case PrecisionChoice::kInt8:
      return PrecisionName(Precision::kInt8);
  }
  return "";
}

absl::StatusOr<Precision> ParsePrecision(absl::string_view name) {
  for (const Precision one : {Precision::kFloat32, Precision::kBfloat16, Precision::kInt8}) {
    if (name == PrecisionName(one)) return one;
  }
  return FieldError("precision", absl::StrCat("\"", absl::CHexEscape(name.substr(0, 40)),
                                              "\" is unknown, allowed are fp32, bf16 and int8"));
}

absl::StatusOr<PrecisionChoice> ParsePrecisionChoice(absl::string_view name) {
  for (const PrecisionChoice one : {PrecisionChoice::kAuto, PrecisionChoice::kFloat32,
                                    PrecisionChoice::kBfloat16, PrecisionChoice::kInt8}) {
    if (name == PrecisionChoiceName(one)) return one;
  }
  return FieldError("precision",
                    absl::StrCat("\"", absl::CHexEscape(name.substr(0, 40)),
                                 "\" is unknown, allowed are auto, fp32, bf16 and int8"));
}

}  // namespace fovea
