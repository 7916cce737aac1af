#include "client/report/curves.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace fovea::client {
namespace {

constexpr int kPanelWidth = 480;
constexpr int kPanelHeight = 340;
// Markers by arm: circle, square, triangle, diamond; hollow, and filled one number up.
constexpr int kHollowMarkers[] = {6, 4, 8, 12};

// Over the runs of an arm, at one epoch.
struct Spread {
  int epoch = 0;
  double mean = std::nan(""), low = std::nan(""), high = std::nan("");
};

std::vector<Spread> SpreadsOf(const Arm& arm, const CurveKind& kind) {
  int last = 0;
  for (const ReportRun* run : arm.runs) {
    if (!run->epochs.empty()) last = std::max(last, run->epochs.back().epoch());
  }
  std::vector<Spread> spreads;
  for (int epoch = 1; epoch <= last; ++epoch) {
    std::vector<double> values;
    for (const ReportRun* run : arm.runs) {
      for (const v1::EpochFinished& one : run->epochs) {
        const double value = one.epoch() == epoch ? kind.value(one) : std::nan("");
        if (std::isfinite(value)) values.push_back(value);
      }
    }
    if (values.empty()) continue;
    double sum = 0;
    for (const double value : values) sum += value;
    spreads.push_back({epoch, sum / static_cast<double>(values.size()),
                       *std::min_element(values.begin(), values.end()),
                       *std::max_element(values.begin(), values.end())});
  }
  return spreads;
}

std::string DataBlock(const std::string& name, const std::vector<Spread>& spreads) {
  std::string text = absl::StrCat("$", name, " << END_OF_DATA\n");
  for (const Spread& one : spreads) {
    absl::StrAppend(&text, one.epoch, " ", PlotNumber(one.mean), " ", PlotNumber(one.low), " ",
                    PlotNumber(one.high), "\n");
  }
  return text + "END_OF_DATA\n";
}

// The last epoch of the first phase, where all runs have the same; 0: none to show.
int PhaseBoundary(const Panel& panel) {
  int boundary = -1;
  for (const Arm& arm : panel.arms) {
    for (const ReportRun* run : arm.runs) {
      const int head = run->job.spec().recipe().head_epochs();
      if (boundary >= 0 && boundary != head) return 0;
      boundary = head;
    }
  }
  return std::max(boundary, 0);
}

// The same for all panels, so that they can be compared: by the data, with some room for labels.
std::string RangeOf(const CurveChart& chart, const std::vector<Panel>& panels) {
  if (!chart.same_range) return "0:*";
  double low = std::numeric_limits<double>::infinity(), high = -low;
  const auto take = [&](double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  };
  for (const Panel& panel : panels) {
    for (const Arm& arm : panel.arms) {
      for (const ReportRun* run : arm.runs) {
        for (const v1::EpochFinished& epoch : run->epochs) {
          for (const CurveKind& kind : chart.kinds) take(kind.value(epoch));
          if (chart.baseline) take(epoch.majority_baseline());
        }
      }
    }
  }
  if (low > high) return "";
  const double room = std::max(0.1 * (high - low), 0.01);
  return absl::StrCat(PlotNumber(low - room), ":", PlotNumber(high + room));
}

// One chart of the figure.
class PanelPlotter {
 public:
  PanelPlotter(const CurveChart& chart, const Panel& panel, const std::string& range, int number)
      : chart_(chart), panel_(panel), range_(range), prefix_(absl::StrCat("p", number)) {}

  std::string Plot() {
    for (size_t arm = 0; arm < panel_.arms.size(); ++arm) {
      for (size_t kind = 0; kind < chart_.kinds.size(); ++kind) AddCurve(arm, kind);
    }
    if (lines_.empty()) return "";
    std::string script = absl::StrCat(
        "set title ", PlotText(panel_.title), " font ',12'\nset xlabel 'epoch'\nset ylabel ",
        PlotText(chart_.y_label), "\nset xrange [0.5:", last_epoch_ + 0.5, "]\nset xtics ",
        std::max(1, (last_epoch_ + 9) / 10), "\nset yrange [", range_, "]\n", KeyBelow(3));
    AddBaseline();
    AddBoundary(&script);
    return absl::StrCat(script, labels_, data_, "plot ", lines_, "\nunset arrow\nunset label\n");
  }

 private:
  void AddCurve(size_t arm, size_t kind) {
    const CurveKind& curve = chart_.kinds[kind];
    const std::vector<Spread> spreads = SpreadsOf(panel_.arms[arm], curve);
    if (spreads.empty()) return;
    const std::string block = absl::StrCat(prefix_, "_", arm, "_", kind);
    data_ += DataBlock(block, spreads);
    last_epoch_ = std::max(last_epoch_, spreads.back().epoch);
    const std::string colour = PlotColours()[arm % PlotColours().size()];
    if (panel_.arms[arm].runs.size() > 1) {
      AddLine(
          absl::StrFormat("$%s using 1:3:4 with filledcurves linecolor rgb '%s' "
                          "fillstyle transparent solid 0.15 noborder notitle",
                          block, colour));
    }
    const int marker = kHollowMarkers[arm % 4] + (curve.filled ? 1 : 0);
    const std::string title = panel_.arms.size() == 1
                                  ? curve.name
                                  : absl::StrCat(panel_.arms[arm].label, ": ", curve.name);
    AddLine(
        absl::StrFormat("$%s using 1:2 with linespoints linecolor rgb '%s' dashtype %s "
                        "linewidth 1.8 pointtype %d pointsize 0.7 title %s",
                        block, colour, curve.dash, marker, PlotText(title)));
    if (chart_.mark_highest && curve.name == "test") AddHighest(spreads, colour);
  }

  void AddLine(const std::string& line) {
    if (!lines_.empty()) lines_ += ", \\\n  ";
    lines_ += line;
  }

  // The first of equals, as jobs have it.
  void AddHighest(const std::vector<Spread>& spreads, const std::string& colour) {
    const auto highest =
        std::max_element(spreads.begin(), spreads.end(),
                         [](const Spread& a, const Spread& b) { return a.mean < b.mean; });
    absl::StrAppendFormat(&labels_,
                          "set label at %d,%s '' point pointtype 6 pointsize 2 linewidth 1.5 "
                          "linecolor rgb '%s'\n",
                          highest->epoch, PlotNumber(highest->mean), colour);
    const bool right = highest->epoch * 2 > last_epoch_;
    absl::StrAppendFormat(&labels_,
                          "set label '%.3f' at %d,%s %s offset %s,0.9 textcolor rgb '%s' front\n",
                          highest->mean, highest->epoch, PlotNumber(highest->mean),
                          right ? "right" : "left", right ? "-0.4" : "0.4", colour);
  }

  void AddBaseline() {
    if (!chart_.baseline) return;
    for (const Arm& arm : panel_.arms) {
      if (arm.first().epochs.empty()) continue;
      AddLine(
          absl::StrFormat("%s with lines linecolor rgb '#777777' dashtype 3 linewidth 1.5 "
                          "title 'majority baseline'",
                          PlotNumber(arm.first().epochs[0].majority_baseline())));
      return;
    }
  }

  void AddBoundary(std::string* script) const {
    const int boundary = PhaseBoundary(panel_);
    if (boundary == 0 || boundary >= last_epoch_) return;
    absl::StrAppendFormat(
        script,
        "set arrow from %d.5, graph 0 to %d.5, graph 1 nohead linecolor rgb "
        "'#999999' dashtype 4\n"
        "set label 'last layer' at %d.5, graph 0.04 right offset -0.6,0 font ',8' "
        "textcolor rgb '#555555'\n"
        "set label 'all layers' at %d.5, graph 0.04 left offset 0.6,0 font ',8' "
        "textcolor rgb '#555555'\n",
        boundary, boundary, boundary, boundary);
  }

  const CurveChart& chart_;
  const Panel& panel_;
  const std::string range_;
  const std::string prefix_;
  int last_epoch_ = 0;
  std::string data_, lines_, labels_;
};

}  // namespace

Grid GridFor(size_t panels, int most_columns) {
  const int count = static_cast<int>(panels);
  const int columns = std::clamp(count, 1, most_columns);
  return {columns, std::max((count + columns - 1) / columns, 1)};
}

std::string BeginGrid(const Grid& grid) {
  return absl::StrFormat("set multiplot layout %d,%d\n", grid.rows, grid.columns);
}

std::string KeyBelow(int rows) {
  return absl::StrFormat(
      "set key below center maxrows %d samplen 2.5 Left reverse font ',9' width -1 "
      "spacing 1.1\nset bmargin %d\n",
      rows, rows + 3);
}

std::string EndGrid() { return "unset multiplot\n"; }

std::optional<Plot> DrawCurves(const CurveChart& chart, const std::vector<Panel>& panels) {
  const std::string range = RangeOf(chart, panels);
  std::vector<std::string> scripts;
  for (const Panel& panel : panels) {
    std::string script = PanelPlotter(chart, panel, range, static_cast<int>(scripts.size())).Plot();
    if (!script.empty()) scripts.push_back(std::move(script));
  }
  if (scripts.empty()) return std::nullopt;
  const Grid grid = GridFor(scripts.size(), scripts.size() > 4 ? 3 : 2);
  Plot plot{chart.name, kPanelWidth * grid.columns, kPanelHeight * grid.rows, BeginGrid(grid)};
  if (scripts.size() == 1) plot.width = 640;
  for (const std::string& script : scripts) plot.script += script;
  plot.script += EndGrid();
  return plot;
}

}  // namespace fovea::client
