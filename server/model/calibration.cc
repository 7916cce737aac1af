#include "server/model/calibration.h"

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "server/model/json_reader.h"

namespace fovea {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr char kPath[] = "manifest.calibration";

// Each bin as a list: images, mean confidence, accuracy. The bins' limits follow from their number.
OrderedJson FiguresToJson(const CalibrationFigures& figures) {
  OrderedJson bins = OrderedJson::array();
  for (const ReliabilityBin& bin : figures.reliability) {
    bins.push_back({bin.images, NumberOrNull(bin.mean_confidence), NumberOrNull(bin.accuracy)});
  }
  return {{"log_loss", NumberOrNull(figures.log_loss)},
          {"brier_score", NumberOrNull(figures.brier_score)},
          {"expected_calibration_error", NumberOrNull(figures.expected_calibration_error)},
          {"reliability", std::move(bins)}};
}

double NumberOrNan(const Json& json) { return json.is_null() ? std::nan("") : json.get<double>(); }

bool IsBin(const Json& json) {
  return json.is_array() && json.size() == 3 && json[0].is_number_unsigned() &&
         (json[1].is_number() || json[1].is_null()) && (json[2].is_number() || json[2].is_null());
}

absl::StatusOr<std::vector<ReliabilityBin>> ReadBins(const std::string& path, const Json& json) {
  const bool right_size =
      json.is_array() && (json.empty() || json.size() == size_t{ReliabilityCurve::kBins});
  if (!right_size) {
    return FieldError(path, absl::StrCat("must have ", ReliabilityCurve::kBins, " bins, or none"));
  }
  std::vector<ReliabilityBin> bins;
  for (size_t i = 0; i < json.size(); ++i) {
    if (!IsBin(json[i])) return FieldError(path, "a bin is a count and two numbers");
    bins.push_back({.low = static_cast<double>(i) / ReliabilityCurve::kBins,
                    .high = static_cast<double>(i + 1) / ReliabilityCurve::kBins,
                    .images = json[i][0].get<int64_t>(),
                    .mean_confidence = NumberOrNan(json[i][1]),
                    .accuracy = NumberOrNan(json[i][2])});
  }
  return bins;
}

absl::Status ReadFigures(JsonReader& parent, const std::string& field,
                         CalibrationFigures* figures) {
  const std::string path = absl::StrCat(kPath, ".", field);
  JsonReader reader(parent.Object(field), path);
  figures->log_loss = reader.Double("log_loss");
  figures->brier_score = reader.Double("brier_score");
  figures->expected_calibration_error = reader.Double("expected_calibration_error");
  const Json& bins = reader.Array("reliability");
  FOVEA_RETURN_IF_ERROR(reader.Finish());
  FOVEA_ASSIGN_OR_RETURN(figures->reliability, ReadBins(path + ".reliability", bins));
  return absl::OkStatus();
}

}  // namespace

OrderedJson CalibrationToJson(const Calibration& c) {
  return {{"temperature", c.rule.temperature},
          {"referable_threshold", c.rule.referable_threshold},
          {"vision_threatening_threshold", c.rule.vision_threatening_threshold},
          {"cut_points", c.rule.cut_points},
          {"images", c.images},
          {"patients", c.patients},
          {"validation_before", FiguresToJson(c.validation_before)},
          {"validation_after", FiguresToJson(c.validation_after)},
          {"test_before", FiguresToJson(c.test_before)},
          {"test_after", FiguresToJson(c.test_after)}};
}

absl::StatusOr<Calibration> CalibrationFromJson(const Json& json, int32_t num_classes) {
  JsonReader reader(json, kPath);
  Calibration c;
  c.rule.temperature = reader.Double("temperature");
  c.rule.referable_threshold = reader.Double("referable_threshold");
  c.rule.vision_threatening_threshold = reader.Double("vision_threatening_threshold");
  c.rule.cut_points = reader.Doubles("cut_points");
  c.images = reader.Int("images", 0);
  c.patients = reader.Int("patients", 0);
  FOVEA_RETURN_IF_ERROR(ReadFigures(reader, "validation_before", &c.validation_before));
  FOVEA_RETURN_IF_ERROR(ReadFigures(reader, "validation_after", &c.validation_after));
  FOVEA_RETURN_IF_ERROR(ReadFigures(reader, "test_before", &c.test_before));
  FOVEA_RETURN_IF_ERROR(ReadFigures(reader, "test_after", &c.test_after));
  FOVEA_RETURN_IF_ERROR(reader.Finish());
  FOVEA_RETURN_IF_ERROR(Annotate(ValidateDecisionRule(c.rule, num_classes), kPath));
  return c;
}

}  // namespace fovea
