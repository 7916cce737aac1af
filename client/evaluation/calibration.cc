#include "client/evaluation/calibration.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/display/format.h"
#include "client/display/table.h"
#include "common/dataset/grades.h"

namespace fovea::client {
namespace {

constexpr int kDecimals = 4;
constexpr int kThresholdDecimals = 3;

std::string Temperature(const v1::Calibration& calibration) {
  return absl::StrCat("temperature ", FormatFixed(calibration.temperature(), 3), ", fitted on ",
                      Plural(calibration.images(), "photograph", "photographs"), " of ",
                      Plural(calibration.patients(), "patient", "patients"));
}

std::string Thresholds(const v1::Calibration& calibration) {
  return absl::StrCat(
      "referable from ", FormatFixed(calibration.referable_threshold(), kThresholdDecimals),
      ", vision-threatening from ",
      FormatFixed(calibration.vision_threatening_threshold(), kThresholdDecimals));
}

std::string CutPoints(const v1::Calibration& calibration) {
  return absl::StrJoin(calibration.cut_points(), ", ", [](std::string* out, double cut) {
    out->append(FormatFixed(cut, kThresholdDecimals));
  });
}

std::string Views(int32_t views) {
  if (views == 2) return "2: as it is and mirrored left to right";
  if (views == 4) return "4: mirrored left to right and top to bottom";
  return "";
}

std::string RenderFigures(const v1::Calibration& calibration, const Style& style) {
  Table table({"CALIBRATION", ">VALIDATION BEFORE", ">AFTER", ">TEST BEFORE", ">AFTER"});
  const auto add = [&](const std::string& name,
                       double (v1::CalibrationFigures::*figure)() const) {
    std::vector<std::string> cells = {name};
    for (const v1::CalibrationFigures* one :
         {&calibration.validation_before(), &calibration.validation_after(),
          &calibration.test_before(), &calibration.test_after()}) {
      cells.push_back(FormatFixed((one->*figure)(), kDecimals));
    }
    table.AddRow(std::move(cells));
  };
  add("log loss", &v1::CalibrationFigures::log_loss);
  add("Brier score", &v1::CalibrationFigures::brier_score);
  add("expected calibration error", &v1::CalibrationFigures::expected_calibration_error);
  return table.Render(style);
}

// The cells of a bin: photographs, mean confidence, accuracy.
void AddBin(const v1::CalibrationFigures& figures, int bin, std::vector<std::string>* cells) {
  if (bin >= figures.reliability_size() || figures.reliability(bin).images() == 0) {
    cells->insert(cells->end(), {"0", "-", "-"});
    return;
  }
  const v1::ReliabilityBin& one = figures.reliability(bin);
  cells->push_back(absl::StrCat(one.images()));
  cells->push_back(FormatFixed(one.confidence(), 3));
  cells->push_back(FormatFixed(one.accuracy(), 3));
}

bool IsEmpty(const v1::CalibrationFigures& figures, int bin) {
  return bin >= figures.reliability_size() || figures.reliability(bin).images() == 0;
}

// A line for each bin with photographs.
std::string RenderReliability(const std::string& part, const v1::CalibrationFigures& before,
                              const v1::CalibrationFigures& after, const Style& style) {
  const int bins = std::max(before.reliability_size(), after.reliability_size());
  Table table({absl::StrCat("CONFIDENCE, ", part), ">BEFORE: PHOTOGRAPHS", ">SAID", ">RIGHT",
               ">AFTER: PHOTOGRAPHS", ">SAID", ">RIGHT"});
  for (int i = 0; i < bins; ++i) {
    if (IsEmpty(before, i) && IsEmpty(after, i)) continue;
    std::vector<std::string> cells = {
        absl::StrCat(FormatFixed(static_cast<double>(i) / bins, 2), " to ",
                     FormatFixed(static_cast<double>(i + 1) / bins, 2))};
    AddBin(before, i, &cells);
    AddBin(after, i, &cells);
    table.AddRow(std::move(cells));
  }
  return table.empty() ? "" : absl::StrCat("\n", table.Render(style));
}

}  // namespace

std::string Flattering(const std::string& figure, bool parts_share_patients) {
  return parts_share_patients ? absl::StrCat(figure, "*") : figure;
}

std::string FlatteringNote(bool any_parts_share_patients) {
  return any_parts_share_patients ? absl::StrCat("* ", kPartsSharePatients, "\n") : "";
}

std::vector<std::pair<std::string, std::string>> CalibrationFields(
    const v1::ModelVersion& version) {
  std::vector<std::pair<std::string, std::string>> fields;
  if (version.has_calibration()) {
    const v1::Calibration& calibration = version.calibration();
    fields.emplace_back("calibration", Temperature(calibration));
    const bool five_grades = version.num_classes() == kGradeCount;
    fields.emplace_back("thresholds", five_grades ? Thresholds(calibration) : "");
    fields.emplace_back("cut points", CutPoints(calibration));
  } else {
    fields.emplace_back("calibration", "none: no validation part was kept, or it was imported");
  }
  fields.emplace_back("views", Views(version.test_time_views()));
  return fields;
}

std::string RenderCalibration(const v1::ModelVersion& version, const Style& style) {
  if (!version.has_calibration()) return "";
  const v1::Calibration& calibration = version.calibration();
  const bool of_test = calibration.test_after().reliability_size() > 0;
  return absl::StrCat(
      "\n", RenderFigures(calibration, style),
      RenderReliability(of_test ? "TEST PART" : "VALIDATION PART",
                        of_test ? calibration.test_before() : calibration.validation_before(),
                        of_test ? calibration.test_after() : calibration.validation_after(),
                        style));
}

}  // namespace fovea::client
