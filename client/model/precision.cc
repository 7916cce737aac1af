#include "client/model/precision.h"

#include "absl/strings/str_cat.h"
#include "client/display/format.h"
#include "client/display/table.h"

namespace fovea::client {
namespace {

void AddPart(const std::string& precision, const std::string& part,
             const v1::PrecisionFigures& figures, Table* table) {
  table->AddRow(
      {precision, part, absl::StrCat(figures.images()), FormatFixed(figures.mean_logit_change(), 4),
       FormatFixed(figures.max_logit_change(), 4), FormatFixed(figures.accuracy_change(), 4),
       FormatFixed(figures.kappa_change(), 4)});
}

}  // namespace

std::string PrecisionName(v1::InferencePrecision precision) {
  switch (precision) {
    case v1::INFERENCE_PRECISION_FP32:
      return "fp32";
    case v1::INFERENCE_PRECISION_BF16:
      return "bf16";
    case v1::INFERENCE_PRECISION_INT8:
      return "int8";
    default:
      return "auto";
  }
}

v1::InferencePrecision PrecisionNamed(const std::string& name) {
  if (name == "fp32") return v1::INFERENCE_PRECISION_FP32;
  if (name == "bf16") return v1::INFERENCE_PRECISION_BF16;
  if (name == "int8") return v1::INFERENCE_PRECISION_INT8;
  return v1::INFERENCE_PRECISION_AUTO;
}

std::vector<std::pair<std::string, std::string>> PrecisionFields(const v1::ModelVersion& version) {
  const v1::Inference& inference = version.inference();
  const bool served = inference.served() != v1::INFERENCE_PRECISION_UNSPECIFIED;
  const bool int8 = inference.calibration_images() > 0;
  return {{"precision",
           absl::StrCat(PrecisionName(inference.choice()), served ? ", served here in " : "",
                        served ? PrecisionName(inference.served()) : "")},
          {"int8 scales",
           int8 ? absl::StrCat("from ", inference.calibration_images(), " photographs, sha256 ",
                               inference.calibration_fingerprint())
                : "none: Fovea did not train it, or an older one did"}};
}

std::string RenderPrecisions(const v1::ModelVersion& version, const Style& style) {
  if (version.inference().measured().empty()) return "";
  Table table({"AGAINST FP32", "PART", ">PHOTOGRAPHS", ">MEAN LOGIT CHANGE", ">LARGEST",
               ">ACCURACY", ">KAPPA"});
  for (const v1::MeasuredPrecision& one : version.inference().measured()) {
    const std::string name = PrecisionName(one.precision());
    if (one.has_validation()) AddPart(name, "validation", one.validation(), &table);
    AddPart(name, "test", one.test(), &table);
  }
  return absl::StrCat("\n", table.Render(style));
}

}  // namespace fovea::client
