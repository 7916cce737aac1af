#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/report/curves.h"
#include "client/report/figures.h"
#include "common/evaluation/confusion_matrix.h"

namespace fovea::client {
namespace {

constexpr int kMostClasses = 20;
constexpr int kMostClassesWithNumbers = 10;

std::vector<int64_t> CountsOf(const ReportRun& run) {
  if (run.evaluation && run.evaluation->report().confusion_size() > 0) {
    return {run.evaluation->report().confusion().begin(),
            run.evaluation->report().confusion().end()};
  }
  const v1::EpochFinished* kept = KeptEpoch(run);
  if (kept == nullptr) return {};
  return {kept->test_confusion().begin(), kept->test_confusion().end()};
}

int ClassesOf(const ReportRun& run) { return run.started.class_names_size(); }

// The sum over the seeds; nothing where there is none yet.
std::optional<ConfusionMatrix> MatrixOf(const Arm& arm) {
  std::vector<int64_t> sums;
  for (const ReportRun* run : arm.runs) {
    const std::vector<int64_t> counts = CountsOf(*run);
    const size_t classes = static_cast<size_t>(ClassesOf(*run));
    if (counts.empty() || counts.size() != classes * classes) continue;
    if (sums.empty()) sums.resize(counts.size());
    if (sums.size() != counts.size()) continue;
    std::transform(sums.begin(), sums.end(), counts.begin(), sums.begin(), std::plus<>());
  }
  if (sums.empty()) return std::nullopt;
  ConfusionMatrix matrix(ClassesOf(arm.first()));
  matrix.SetCounts(std::move(sums));
  return matrix;
}

// x, y and share of every cell, the first true class on top.
std::string DataBlock(const std::string& name, const ConfusionMatrix& matrix) {
  const std::vector<double> shares = matrix.Normalised(NormaliseOver::kTrue);
  std::string text = absl::StrCat("$", name, " << END_OF_DATA\n");
  for (int row = 0; row < matrix.num_classes(); ++row) {
    for (int column = 0; column < matrix.num_classes(); ++column) {
      absl::StrAppend(&text, column, " ", row, " ",
                      PlotNumber(shares[row * matrix.num_classes() + column]), "\n");
    }
  }
  return text + "END_OF_DATA\n";
}

std::string Chart(const std::string& title, const std::string& block, int classes) {
  std::string script = absl::StrFormat(
      "set title %s font ',11'\nset xrange [-0.5:%d.5]\nset yrange [%d.5:-0.5]\n"
      "plot $%s using 1:2:3 with image pixels notitle",
      PlotText(title), classes - 1, classes - 1, block);
  if (classes <= kMostClassesWithNumbers) {
    absl::StrAppendFormat(
        &script,
        ", \\\n $%s using 1:2:($3 < 0.55 ? sprintf('%%.2f', $3) : '') with labels "
        "textcolor rgb '#111111' font ',10' notitle, \\\n $%s using 1:2:($3 >= "
        "0.55 ? sprintf('%%.2f', $3) : '') with labels textcolor rgb '#ffffff' "
        "font ',10' notitle",
        block, block);
  }
  return script + "\n";
}

}  // namespace

std::optional<FigurePlan> ConfusionFigure(const std::vector<Arm>& arms, int columns) {
  std::string charts;
  size_t count = 0;
  int classes = 0;
  for (const Arm& arm : arms) {
    const std::optional<ConfusionMatrix> matrix = MatrixOf(arm);
    if (!matrix || matrix->num_classes() > kMostClasses) continue;
    classes = std::max(classes, matrix->num_classes());
    const std::string block = absl::StrCat("m", count++);
    charts += DataBlock(block, *matrix) + Chart(arm.label, block, matrix->num_classes());
  }
  if (count == 0) return std::nullopt;
  const Grid grid = GridFor(count, columns);
  // One colour from light to dark, so that print in grey says the same.
  const std::string script = absl::StrCat(
      "unset grid\nset border 15\nunset colorbox\nset cbrange [0:1]\n"
      "set palette defined (0 '#ffffff', 0.25 '#c6dbef', 0.5 '#6baed6', 0.75 '#2171b5', 1 "
      "'#08306b')\nset xtics 1 scale 0\nset ytics 1 scale 0\nset xlabel 'predicted grade'\n"
      "set ylabel 'true grade'\nset size ratio 1\n",
      BeginGrid(grid), charts, EndGrid());
  return FigurePlan{
      {"confusion", 340 * grid.columns, 350 * grid.rows, script},
      "Confusion matrices normalised over the true class: each row adds up to 1, and the "
      "diagonal is the recall of a class. Of several seeds the counts are added first."};
}

}  // namespace fovea::client
