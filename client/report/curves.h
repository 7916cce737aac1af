// Charts of something by epoch, several on a figure: what the figures of accuracy, kappa and loss
// share.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "client/report/arms.h"
#include "client/report/gnuplot.h"
#include "fovea/v1/job.pb.h"

namespace fovea::client {

// A quantity of an epoch, drawn for every arm.
struct CurveKind {
  std::string name;  // "train"; after the arm's label in the key.
  std::function<double(const v1::EpochFinished&)> value;
  std::string dash;    // gnuplot's dashtype: "1" solid, "2" dashed, "3" dotted.
  bool filled = true;  // Of the markers.
};

struct CurveChart {
  std::string name;  // Of the figure's files.
  std::string y_label;
  std::vector<CurveKind> kinds;
  bool baseline = false;      // A line at the majority baseline.
  bool mark_highest = false;  // A ring at the highest value of the kind "test", with its epoch.
  // All panels have one range, by the data; otherwise each its own, from 0.
  bool same_range = true;
};

// Of arms with several runs the mean, and a band from the lowest to the highest. Nothing when no
// run has an epoch.
std::optional<Plot> DrawCurves(const CurveChart& chart, const std::vector<Panel>& panels);

// How panels lie on a figure.
struct Grid {
  int columns = 1;
  int rows = 1;
};
Grid GridFor(size_t panels, int most_columns);

// Beginning and end of a figure of several charts.
std::string BeginGrid(const Grid& grid);
std::string EndGrid();

// The key beneath a chart, in so many lines, clear of the axis.
std::string KeyBelow(int rows);

}  // namespace fovea::client
