#include "client/classify/render.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/display/bar.h"
#include "client/display/format.h"
#include "client/display/text.h"
#include "client/report.h"

namespace fovea::client {
namespace {

constexpr int kMinFileWidth = 4;
constexpr int kMaxFileWidth = 48;
constexpr int kNameWidth = 16;
constexpr int kScreeningWidth = 9;
constexpr int kIcdrGrades = 5;

// The end of a long path says more than its beginning.
std::string ShortPath(const std::string& path, int width) {
  const std::string text = Printable(path);
  if (DisplayWidth(text) <= width) return text;
  std::string end = text.substr(text.size() - static_cast<size_t>(width - 3));
  // Not from the middle of a character.
  while (!end.empty() && (static_cast<unsigned char>(end[0]) & 0xC0) == 0x80) end.erase(0, 1);
  return absl::StrCat("...", end);
}

// What the quality gate found, as "blurred, too_dark".
std::string Reasons(const v1::ClassifyResponse& answer) {
  return Printable(absl::StrJoin(answer.quality().findings(), ", ",
                                 [](std::string* out, const v1::QualityFinding& finding) {
                                   out->append(finding.reason());
                                 }));
}

// A yes-or-no answer with its score; there are none for models of other than the five grades.
std::string Screening(const v1::ClassifyResponse& answer, bool yes, double score,
                      const Style& style) {
  if (answer.probabilities_size() != kIcdrGrades) return PadRight("-", kScreeningWidth);
  const std::string text = absl::StrCat(yes ? "yes " : "no  ", FormatFixed(score, 3));
  return yes ? style.Yellow(text) : text;
}

std::string Ungradable(const v1::ClassifyResponse& answer, const Style& style) {
  std::string text = absl::StrCat(style.Yellow("UNGRADABLE"), " ", Reasons(answer));
  if (answer.quality().findings_size() > 0) {
    absl::StrAppend(&text, ": ", Printable(answer.quality().findings(0).message()));
  }
  return text;
}

std::string HeatMapNote(const HeatMapFile& heat_map, const Style& style) {
  if (!heat_map.ok()) {
    return absl::StrCat("  ", style.Red(absl::StrCat("heat map: ", Printable(
                                                         heat_map.status().message()))));
  }
  return heat_map->empty() ? "" : absl::StrCat("  heat map: ", Printable(*heat_map));
}

}  // namespace

AnswerTable::AnswerTable(const std::vector<std::string>& inputs, const Style& style,
                         const std::string& heading, bool ids)
    : style_(style), heading_(heading), file_width_(kMinFileWidth), ids_(ids) {
  for (const std::string& input : inputs) {
    file_width_ = std::max(file_width_, DisplayWidth(Printable(input)));
  }
  file_width_ = std::min(file_width_, kMaxFileWidth);
}

std::string AnswerTable::Header() const {
  return absl::StrCat(
      style_.Bold(absl::StrCat(PadRight(heading_, file_width_), "  ", "GRADE", "  ",
                               PadRight("NAME", kNameWidth), "  ", PadLeft("PROB", 6), "  ",
                               PadRight("BY CLASS", 8), "  ",
                               PadRight("REFERABLE", kScreeningWidth), "  ",
                               PadRight("VTDR", kScreeningWidth), "  ", PadLeft("MS", 6),
                               ids_ ? "  REQUEST ID" : "")),
      "\n");
}

std::string AnswerTable::Row(const std::string& input, const ClassifyOutcome& outcome,
                             const HeatMapFile& heat_map) const {
  const std::string file = PadRight(ShortPath(input, file_width_), file_width_);
  if (!outcome.has_response()) {
    return absl::StrCat(file, "  ",
                        style_.Red(absl::StrCat("error: ", Printable(outcome.error().message()))),
                        "\n");
  }
  const v1::ClassifyResponse& answer = outcome.response();
  const std::string id = ids_ ? absl::StrCat("  ", Printable(answer.request_id())) : "";
  if (answer.ungradable()) return absl::StrCat(file, "  ", Ungradable(answer, style_), id, "\n");
  std::vector<double> probabilities(answer.probabilities().begin(), answer.probabilities().end());
  const size_t grade = static_cast<size_t>(answer.grade());
  const double probability = grade < probabilities.size() ? probabilities[grade] : 0;
  const std::string by_class = probabilities.size() > kMaxClassesInFull
                                   ? "-"
                                   : RenderSparkline(probabilities, style_);
  return absl::StrCat(
      file, "  ", PadLeft(absl::StrCat(answer.grade()), 5), "  ",
      PadRight(Clip(Printable(answer.grade_name()), kNameWidth), kNameWidth), "  ",
      PadLeft(FormatFixed(probability, 3), 6), "  ",
      PadRight(by_class, 8), "  ",
      Screening(answer, answer.referable(), answer.referable_score(), style_), "  ",
      Screening(answer, answer.vision_threatening(), answer.vision_threatening_score(), style_),
      "  ", PadLeft(FormatFixed(answer.latency().total_ms(), 0), 6), id,
      answer.quality().findings().empty() ? "" : absl::StrCat("  ", style_.Yellow(Reasons(answer))),
      HeatMapNote(heat_map, style_), "\n");
}

void PutHeatMap(const HeatMapFile& heat_map, nlohmann::ordered_json& answer) {
  answer.erase("explanation");
  if (!heat_map.ok()) {
    answer["explanation_error"] = std::string(heat_map.status().message());
  } else if (!heat_map->empty()) {
    answer["explanation_file"] = *heat_map;
  }
}

std::string AnswerJsonLine(const std::string& input, const ClassifyOutcome& outcome,
                           const HeatMapFile& heat_map) {
  nlohmann::ordered_json line;
  line["file"] = input;
  // From protobuf's own printer; always well formed.
  line.update(nlohmann::ordered_json::parse(ToJsonLine(outcome)));
  if (outcome.has_response()) PutHeatMap(heat_map, line["response"]);
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace fovea::client
