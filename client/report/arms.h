// Runs of an experiment, sorted for comparison.
#pragma once

#include <string>
#include <vector>

#include "client/report/data.h"

namespace fovea::client {

// Runs that differ in nothing but the seed.
struct Arm {
  std::string label;  // Without the seed.
  std::vector<const ReportRun*> runs;

  const ReportRun& first() const { return *runs[0]; }
};

// Arms that are shown in one chart.
struct Panel {
  std::string title;
  std::vector<Arm> arms;  // Their labels are what differs between them.
};

// In the order of their first runs. Point into `data`, which must outlive them.
std::vector<Arm> ArmsOf(const ReportData& data);

// Arms that differ in the initial weights alone side by side, a panel for each of what else there
// is. Where there are none, all arms in one panel, or each in its own when they are more than four.
std::vector<Panel> ComparisonPanels(const std::vector<Arm>& arms);

// Arms that differ in the weighting of classes alone become neighbours, weighted first. Whether
// there are any.
bool SortByWeighting(std::vector<Arm>* arms);

}  // namespace fovea::client
