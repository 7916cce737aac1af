#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/report/curves.h"
#include "client/report/figures.h"

namespace fovea::client {
namespace {

using Bins = google::protobuf::RepeatedPtrField<v1::ReliabilityBin>;

constexpr size_t kMostCharts = 24;

struct Curve {
  std::string title;
  const Bins* bins;
};

// Before and after where the version knows both, otherwise what its evaluation found.
std::vector<Curve> CurvesOf(const ReportRun& run) {
  if (run.version && run.version->calibration().test_after().reliability_size() > 0) {
    const v1::Calibration& calibration = run.version->calibration();
    return {{"before calibration", &calibration.test_before().reliability()},
            {"after calibration", &calibration.test_after().reliability()}};
  }
  if (!run.evaluation || run.evaluation->report().reliability_size() == 0) return {};
  return {{"evaluation", &run.evaluation->report().reliability()}};
}

// Confidence, accuracy, and the share of the photographs; empty bins are left out.
std::string DataBlock(const std::string& name, const Bins& bins) {
  int64_t all = 0;
  for (const v1::ReliabilityBin& bin : bins) all += bin.images();
  std::string text = absl::StrCat("$", name, " << END_OF_DATA\n");
  for (const v1::ReliabilityBin& bin : bins) {
    if (bin.images() == 0) continue;
    absl::StrAppend(&text, PlotNumber(bin.confidence()), " ", PlotNumber(bin.accuracy()), " ",
                    PlotNumber(static_cast<double>(bin.images()) / static_cast<double>(all)), "\n");
  }
  return text + "END_OF_DATA\n";
}

std::string Chart(const Arm& arm, const std::vector<Curve>& curves, size_t number) {
  static constexpr const char* kColours[] = {"#e69f00", "#0072b2"};
  std::string data, lines, shares;
  for (size_t i = 0; i < curves.size(); ++i) {
    const std::string block = absl::StrCat("r", number, "_", i);
    data += DataBlock(block, *curves[i].bins);
    const bool last = i + 1 == curves.size();
    if (last) {
      absl::StrAppendFormat(&shares,
                            ", \\\n $%s using 1:3 with impulses linecolor rgb '#bbbbbb' linewidth "
                            "5 title 'share of the photographs'",
                            block);
    }
    absl::StrAppendFormat(&lines,
                          ", \\\n $%s using 1:2 with linespoints linecolor rgb '%s' dashtype %d "
                          "linewidth 1.8 pointtype %d pointsize 0.8 title %s",
                          block, kColours[last ? 1 : 0], last ? 1 : 2, last ? 7 : 4,
                          PlotText(curves[i].title));
  }
  return absl::StrCat(
      "set title ", PlotText(arm.label), " font ',11'\n", data,
      "plot x with lines linecolor rgb '#555555' dashtype 3 title 'as often right as "
      "said'",
      shares, lines, "\n");
}

}  // namespace

std::optional<FigurePlan> ReliabilityFigure(const std::vector<Arm>& arms) {
  std::string charts;
  size_t count = 0;
  for (const Arm& arm : arms) {
    const std::vector<Curve> curves = CurvesOf(arm.first());
    if (curves.empty() || count == kMostCharts) continue;
    charts += Chart(arm, curves, count++);
  }
  if (count == 0) return std::nullopt;
  const Grid grid = GridFor(count, count > 4 ? 3 : 2);
  const std::string script = absl::StrCat(
      "set xrange [0:1]\nset yrange [0:1]\nset xtics 0.2\nset ytics 0.2\nset xlabel 'confidence' "
      "offset 0,0.4\nset ylabel 'accuracy'\nset samples 2\n",
      KeyBelow(4), BeginGrid(grid), charts, EndGrid());
  return FigurePlan{
      {"reliability", 380 * grid.columns, 410 * grid.rows, script},
      "Reliability on the test part: how often answers of a given confidence (the "
      "highest probability) are right, in 15 bins of equal width. Below the dotted line "
      "a model is too sure of itself. Of several seeds the first."};
}

}  // namespace fovea::client
