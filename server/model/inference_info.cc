#include "server/model/inference_info.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "server/model/json_reader.h"

namespace fovea {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr char kPath[] = "manifest.inference";
constexpr int64_t kHighestNumber = 255;

OrderedJson QuantiserToJson(const Quantiser& quantiser) {
  return {quantiser.scale, quantiser.zero_point};
}

OrderedJson QuantisersToJson(const std::optional<ActivationQuantisers>& quantisers) {
  if (!quantisers.has_value()) return nullptr;
  OrderedJson results = OrderedJson::array();
  for (const Quantiser& result : quantisers->results) results.push_back(QuantiserToJson(result));
  return {{"input", QuantiserToJson(quantisers->input)}, {"results", std::move(results)}};
}

OrderedJson FiguresToJson(const PrecisionFigures& figures) {
  return {{"images", figures.images},
          {"mean_logit_change", NumberOrNull(figures.mean_logit_change)},
          {"max_logit_change", NumberOrNull(figures.max_logit_change)},
          {"accuracy_change", NumberOrNull(figures.accuracy_change)},
          {"kappa_change", NumberOrNull(figures.kappa_change)}};
}

absl::StatusOr<Quantiser> ReadQuantiser(const std::string& path, const Json& json) {
  const bool right = json.is_array() && json.size() == 2 && json[0].is_number() &&
                     json[1].is_number_unsigned() && json[0].get<double>() > 0 &&
                     std::isfinite(json[0].get<double>()) &&
                     json[1].get<uint64_t>() <= uint64_t{kHighestNumber};
  if (!right) return FieldError(path, "must be a scale above 0 and a zero point of 0 to 255");
  return Quantiser{json[0].get<double>(), json[1].get<int64_t>()};
}

absl::StatusOr<ActivationQuantisers> ReadQuantisers(const Json& json) {
  const std::string path = absl::StrCat(kPath, ".quantisers");
  JsonReader reader(json, path);
  const Json& input = reader.Array("input");
  const Json& results = reader.Array("results");
  FOVEA_RETURN_IF_ERROR(reader.Finish());
  ActivationQuantisers quantisers;
  FOVEA_ASSIGN_OR_RETURN(quantisers.input, ReadQuantiser(path + ".input", input));
  for (const Json& result : results) {
    FOVEA_ASSIGN_OR_RETURN(const Quantiser one, ReadQuantiser(path + ".results", result));
    quantisers.results.push_back(one);
  }
  return quantisers;
}

absl::StatusOr<PrecisionFigures> ReadFigures(const std::string& path, const Json& json) {
  JsonReader reader(json, path);
  PrecisionFigures figures;
  figures.images = reader.Int("images", 1);
  figures.mean_logit_change = reader.Double("mean_logit_change");
  figures.max_logit_change = reader.Double("max_logit_change");
  figures.accuracy_change = reader.Double("accuracy_change");
  figures.kappa_change = reader.Double("kappa_change");
  FOVEA_RETURN_IF_ERROR(reader.Finish());
  return figures;
}

absl::StatusOr<MeasuredPrecision> ReadMeasured(const Json& json) {
  const std::string path = absl::StrCat(kPath, ".measured");
  JsonReader reader(json, path);
  const std::string name = reader.String("precision");
  const Json* validation = reader.IsNull("validation") ? nullptr : &reader.Object("validation");
  const Json& test = reader.Object("test");
  FOVEA_RETURN_IF_ERROR(reader.Finish());
  MeasuredPrecision measured;
  const absl::StatusOr<Precision> precision = ParsePrecision(name);
  FOVEA_RETURN_IF_ERROR(Annotate(precision.status(), path));
  measured.precision = *precision;
  if (validation != nullptr) {
    FOVEA_ASSIGN_OR_RETURN(measured.validation, ReadFigures(path + ".validation", *validation));
  }
  FOVEA_ASSIGN_OR_RETURN(measured.test, ReadFigures(path + ".test", test));
  return measured;
}

bool KeepsKappa(const InferenceInfo& info) {
  for (const MeasuredPrecision& one : info.measured) {
    if (one.precision != Precision::kInt8 || !one.validation) continue;
    return one.validation->kappa_change >= -kMostKappaLoss;  // NaN does not.
  }
  return false;
}

}  // namespace

PrecisionSupport SupportOfProcessor(const std::set<std::string>& capabilities) {
  const auto has = [&](const char* name) { return capabilities.contains(name); };
  return {.bfloat16 = has("avx512_bf16") || has("amx_bf16"), .int8 = has("avx512_vnni")};
}

Precision ResolvePrecision(PrecisionChoice choice, const InferenceInfo& info,
                           const PrecisionSupport& support) {
  if (choice == PrecisionChoice::kFloat32) return Precision::kFloat32;
  if (choice == PrecisionChoice::kBfloat16) return Precision::kBfloat16;
  const bool can_int8 = info.quantisers.has_value() && support.cpu;
  if (choice == PrecisionChoice::kInt8 && can_int8) return Precision::kInt8;
  if (can_int8 && support.int8 && KeepsKappa(info)) return Precision::kInt8;
  return support.bfloat16 ? Precision::kBfloat16 : Precision::kFloat32;
}

OrderedJson InferenceToJson(const InferenceInfo& info) {
  OrderedJson measured = OrderedJson::array();
  for (const MeasuredPrecision& one : info.measured) {
    measured.push_back(
        {{"precision", std::string(PrecisionName(one.precision))},
         {"validation", one.validation ? FiguresToJson(*one.validation) : OrderedJson(nullptr)},
         {"test", FiguresToJson(one.test)}});
  }
  return {{"choice", std::string(PrecisionChoiceName(info.choice))},
          {"quantisers", QuantisersToJson(info.quantisers)},
          {"calibration_images", info.calibration_images},
          {"calibration_fingerprint", info.calibration_fingerprint},
          {"measured", std::move(measured)}};
}

absl::StatusOr<InferenceInfo> InferenceFromJson(const Json& json) {
  JsonReader reader(json, kPath);
  const std::string choice = reader.String("choice");
  const Json* quantisers = reader.IsNull("quantisers") ? nullptr : &reader.Object("quantisers");
  InferenceInfo info;
  info.calibration_images = reader.Int("calibration_images", 0);
  info.calibration_fingerprint = reader.String("calibration_fingerprint");
  const Json& measured = reader.Array("measured");
  FOVEA_RETURN_IF_ERROR(reader.Finish());
  const absl::StatusOr<PrecisionChoice> parsed = ParsePrecisionChoice(choice);
  FOVEA_RETURN_IF_ERROR(Annotate(parsed.status(), kPath));
  info.choice = *parsed;
  if (quantisers != nullptr) {
    FOVEA_ASSIGN_OR_RETURN(info.quantisers, ReadQuantisers(*quantisers));
  }
  for (const Json& one : measured) {
    FOVEA_ASSIGN_OR_RETURN(MeasuredPrecision read, ReadMeasured(one));
    info.measured.push_back(std::move(read));
  }
  return info;
}

}  // namespace fovea
