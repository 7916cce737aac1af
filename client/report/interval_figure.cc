#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/evaluation/metrics.h"
#include "client/report/curves.h"
#include "client/report/figures.h"

namespace fovea::client {
namespace {

// A line for every run, those of an arm close together: x, low, high, y. Without an evaluation,
// what the job says, without an interval.
std::string DataBlock(const std::string& name, const std::vector<Arm>& arms,
                      const std::string& metric) {
  std::string text = absl::StrCat("$", name, " << END_OF_DATA\n");
  for (size_t arm = 0; arm < arms.size(); ++arm) {
    const double runs = static_cast<double>(arms[arm].runs.size());
    for (size_t i = 0; i < arms[arm].runs.size(); ++i) {
      const ReportRun& run = *arms[arm].runs[i];
      const v1::Metric* found =
          run.evaluation ? FindMetric(run.evaluation->report(), metric) : nullptr;
      const v1::JobResult& result = run.job.result();
      double value = metric == "accuracy" ? result.best_test_accuracy() : result.best_test_kappa();
      if (!run.job.has_result()) value = std::nan("");
      if (found != nullptr) value = found->value();
      const double y = static_cast<double>(arm) +
                       (runs > 1 ? 0.5 * (static_cast<double>(i) / (runs - 1) - 0.5) : 0);
      absl::StrAppend(&text, PlotNumber(value), " ",
                      PlotNumber(found != nullptr ? found->low() : value), " ",
                      PlotNumber(found != nullptr ? found->high() : value), " ", y, "\n");
    }
  }
  return text + "END_OF_DATA\n";
}

std::string Chart(const std::string& block, const std::string& label) {
  return absl::StrFormat(
      "set xlabel %s\nplot $%s using 1:4:2:3 with xerrorbars linecolor rgb '#0072b2' pointtype 7 "
      "pointsize 0.8 linewidth 1.5 notitle\n",
      PlotText(label), block);
}

std::string LineAt(double x) {
  return absl::StrFormat(
      "set arrow from %s, graph 0 to %s, graph 1 nohead linecolor rgb '#555555' "
      "dashtype 2\n",
      PlotNumber(x), PlotNumber(x));
}

}  // namespace

std::optional<FigurePlan> IntervalFigure(const std::vector<Arm>& arms) {
  double baseline = std::nan("");
  std::string tics, blanks;
  size_t longest = 0, most_runs = 0;
  for (size_t arm = 0; arm < arms.size(); ++arm) {
    for (const ReportRun* run : arms[arm].runs) {
      if (run->job.has_result()) baseline = run->job.result().majority_baseline();
    }
    const char* comma = arm == 0 ? "" : ", ";
    absl::StrAppend(&tics, comma, PlotText(arms[arm].label), " ", arm);
    absl::StrAppend(&blanks, comma, "'' ", arm);
    longest = std::max(longest, arms[arm].label.size());
    most_runs = std::max(most_runs, arms[arm].runs.size());
  }
  if (std::isnan(baseline)) return std::nullopt;
  // Shares of the width: labels, then two charts with a gap.
  constexpr double kWidth = 1000, kCharacter = 6.6;
  const double left =
      std::min(kCharacter * static_cast<double>(longest) + 20, 0.5 * kWidth) / kWidth;
  const double half = (0.98 - left - 0.03) / 2;
  const auto margins = [](double from, double to) {
    return absl::StrFormat("set lmargin at screen %.3f\nset rmargin at screen %.3f\n", from, to);
  };
  const std::string script = absl::StrCat(
      DataBlock("accuracy", arms, "accuracy"), DataBlock("kappa", arms, "quadratic_weighted_kappa"),
      "set multiplot\nset yrange [", arms.size() - 0.4, ":-0.6]\nset ytics scale 0 (", tics,
      ")\nset xtics font ',9'\nset tmargin 1.5\nset bmargin 3.5\nset xlabel offset 0,0.4\n",
      "set offsets graph 0.04, graph 0.04, 0, 0\n", margins(left, left + half), LineAt(baseline),
      Chart("accuracy", "accuracy (dashed: majority baseline)"), "unset arrow\nset ytics scale 0 (",
      blanks, ")\n", margins(0.98 - half, 0.98), LineAt(0),
      Chart("kappa", "quadratic weighted kappa (dashed: chance)"), "unset multiplot\n");
  const int height = 110 + static_cast<int>(arms.size() * std::max<size_t>(30, 16 * most_runs));
  return FigurePlan{
      {"intervals", static_cast<int>(kWidth), height, script},
      "Accuracy and quadratic weighted kappa of every run on the test part, with 95 % "
      "intervals of the bootstrap over patients. Several points on a line: seeds. "
      "A run without an evaluation has no interval."};
}

}  // namespace fovea::client
