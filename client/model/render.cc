#include "client/model/render.h"

#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/display/format.h"
#include "client/display/table.h"
#include "client/display/text.h"

namespace fovea::client {
namespace {

constexpr double kSomeDrift = 0.1;
constexpr double kMuchDrift = 0.25;

std::string DriftText(double index, const Style& style) {
  if (std::isnan(index)) return "unknown: takes 50 answers and figures on a test part";
  const std::string text = absl::StrCat("population stability index ", FormatFixed(index, 3));
  if (index > kMuchDrift) return absl::StrCat(text, ", ", style.Yellow("much"));
  return absl::StrCat(text, index < kSomeDrift ? ", little" : ", some");
}

std::string GradesText(const v1::ModelVersion& version) {
  const v1::LiveMetrics& live = version.live();
  if (live.answer_counts_size() > kMaxClassesInFull ||
      live.answer_counts_size() != version.class_names_size()) {
    return "";
  }
  std::vector<std::string> texts;
  for (int i = 0; i < live.answer_counts_size(); ++i) {
    texts.push_back(absl::StrCat(Printable(version.class_names(i)), " ", live.answer_counts(i)));
  }
  return absl::StrJoin(texts, ", ");
}

std::string VersionText(int32_t version) {
  return version == 0 ? "none" : absl::StrCat("version ", version);
}

}  // namespace

std::string RenderLive(const v1::ModelVersion& version, const Style& style) {
  if (!version.has_live()) return "";
  const v1::LiveMetrics& live = version.live();
  const std::string feedback =
      live.feedback() == 0
          ? "none; see fovea feedback"
          : absl::StrCat("on ", Plural(live.feedback(), "answer", "answers"), ": accuracy ",
                         FormatFixed(live.accuracy(), 4), ", kappa ", FormatFixed(live.kappa(), 3));
  return RenderFields(
      {{"answers kept", absl::StrCat(live.answers(), " since ", FormatTime(live.since()))},
       {"by grade", GradesText(version)},
       {"ungradable", live.ungradable() == 0 ? "" : absl::StrCat(live.ungradable())},
       {"feedback", feedback},
       {"drift", DriftText(live.population_stability_index(), style)}},
      style);
}

std::string RenderAliasChanges(const v1::Model& model, const Style& style) {
  std::string text;
  for (const v1::AliasChange& change : model.alias_changes()) {
    absl::StrAppend(&text, FormatTime(change.time()), "  ", style.Bold(change.alias()), "  ",
                    VersionText(change.from_version()), " -> ", VersionText(change.to_version()),
                    change.forced() ? absl::StrCat("  ", style.Yellow("forced")) : "",
                    change.reason().empty() ? "" : absl::StrCat("  ", Printable(change.reason())),
                    "\n");
    for (const std::string& line : change.checks()) {
      absl::StrAppend(&text, "    ", Printable(line), "\n");
    }
  }
  return text;
}

}  // namespace fovea::client
