#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/evaluation/metrics.h"
#include "client/report/curves.h"
#include "client/report/figures.h"

namespace fovea::client {
namespace {

constexpr size_t kMostPanels = 9;

struct Question {
  const char* name;
  const v1::Screening& (v1::EvaluationReport::*screening)() const;
  const char* auc;
};

// The curves of a panel's arms for one question; empty without any.
std::string Chart(const Panel& panel, const Question& question, const std::string& prefix) {
  std::string data, lines;
  for (size_t i = 0; i < panel.arms.size(); ++i) {
    const ReportRun& run = panel.arms[i].first();
    if (!run.evaluation) continue;
    const v1::EvaluationReport& report = run.evaluation->report();
    const v1::Screening& screening = (report.*question.screening)();
    if (screening.roc_curve_size() < 2) continue;
    const std::string block = absl::StrCat(prefix, "_", i);
    absl::StrAppend(&data, "$", block, " << END_OF_DATA\n");
    for (const v1::RocPoint& point : screening.roc_curve()) {
      absl::StrAppend(&data, PlotNumber(point.false_positive_rate()), " ",
                      PlotNumber(point.true_positive_rate()), "\n");
    }
    absl::StrAppend(&data, "END_OF_DATA\n$", block, "_at << END_OF_DATA\n",
                    PlotNumber(1 - screening.specificity()), " ",
                    PlotNumber(screening.sensitivity()), "\nEND_OF_DATA\n");
    const std::string& colour = PlotColours()[i % PlotColours().size()];
    const std::string title =
        absl::StrFormat("%s%sAUC %.3f", panel.arms.size() == 1 ? "" : panel.arms[i].label,
                        panel.arms.size() == 1 ? "" : ": ", MetricValue(report, question.auc));
    absl::StrAppendFormat(
        &lines,
        ", \\\n $%s using 1:2 with lines linecolor rgb '%s' dashtype %d linewidth "
        "1.8 title %s, \\\n $%s_at using 1:2 with points linecolor rgb '%s' "
        "pointtype %d pointsize 1.3 notitle",
        block, colour, i % 4 + 1, PlotText(title), block, colour, i % 2 == 0 ? 7 : 5);
  }
  if (lines.empty()) return "";
  const std::string title =
      panel.title.empty() ? question.name : absl::StrCat(question.name, ": ", panel.title);
  return absl::StrCat("set title ", PlotText(title), " font ',11'\n", data,
                      "plot x with lines linecolor rgb '#777777' dashtype 3 title 'chance'", lines,
                      "\n");
}

}  // namespace

std::optional<FigurePlan> RocFigure(const std::vector<Panel>& panels) {
  const Question questions[] = {
      {"grade 2 or more", &v1::EvaluationReport::referable, "referable_roc_auc"},
      {"grade 3 or more", &v1::EvaluationReport::vision_threatening, "vision_threatening_roc_auc"}};
  std::string charts;
  size_t count = 0;
  for (size_t i = 0; i < std::min(panels.size(), kMostPanels); ++i) {
    for (const Question& question : questions) {
      const std::string chart = Chart(panels[i], question, absl::StrCat("c", count));
      if (chart.empty()) continue;
      charts += chart;
      ++count;
    }
  }
  if (count == 0) return std::nullopt;
  const Grid grid = GridFor(count, count > 4 ? 4 : 2);
  const std::string script = absl::StrCat(
      "set xrange [0:1]\nset yrange [0:1.01]\nset xtics 0.2\nset ytics 0.2\nset xlabel '1 - "
      "specificity' offset 0,0.4\nset ylabel 'sensitivity'\nset samples 2\nset size ratio 1\n",
      KeyBelow(3), BeginGrid(grid), charts, EndGrid());
  return FigurePlan{
      {"roc", 340 * grid.columns, 400 * grid.rows, script},
      "Receiver operating characteristics of the two screening questions. Points: the "
      "thresholds that the evaluation used. Of several seeds the first."};
}

}  // namespace fovea::client
