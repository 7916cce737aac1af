#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/report/curves.h"
#include "client/report/figures.h"

namespace fovea::client {
namespace {

// Of arms whose rates and phases are the same.
struct Schedule {
  std::vector<std::string> labels;
  std::vector<double> rates;
  int head_epochs = 0;
};

std::vector<Schedule> SchedulesOf(const std::vector<Arm>& arms) {
  std::vector<Schedule> schedules;
  for (const Arm& arm : arms) {
    Schedule schedule;
    schedule.labels = {arm.label};
    schedule.head_epochs = arm.first().job.spec().recipe().head_epochs();
    for (const v1::EpochFinished& epoch : arm.first().epochs) {
      schedule.rates.push_back(epoch.learning_rate());
    }
    if (schedule.rates.empty()) continue;
    const auto same = std::find_if(schedules.begin(), schedules.end(), [&](const Schedule& other) {
      return other.rates == schedule.rates && other.head_epochs == schedule.head_epochs;
    });
    if (same == schedules.end()) {
      schedules.push_back(std::move(schedule));
    } else {
      same->labels.push_back(arm.label);
    }
  }
  return schedules;
}

std::string LabelOf(const Schedule& schedule) {
  constexpr size_t kMostNamed = 2;
  if (schedule.labels.size() <= kMostNamed) return absl::StrJoin(schedule.labels, "; ");
  return absl::StrCat(schedule.labels[0], " and ", schedule.labels.size() - 1, " more");
}

}  // namespace

std::optional<FigurePlan> LearningRateFigure(const std::vector<Arm>& arms) {
  const std::vector<Schedule> schedules = SchedulesOf(arms);
  if (schedules.empty()) return std::nullopt;
  std::string data, lines, arrows;
  std::set<int> boundaries;
  size_t last = 1;
  for (size_t i = 0; i < schedules.size(); ++i) {
    const Schedule& schedule = schedules[i];
    last = std::max(last, schedule.rates.size());
    absl::StrAppend(&data, "$s", i, " << END_OF_DATA\n");
    for (size_t epoch = 0; epoch < schedule.rates.size(); ++epoch) {
      absl::StrAppend(&data, epoch + 1, " ", PlotNumber(schedule.rates[epoch]), "\n");
    }
    data += "END_OF_DATA\n";
    const std::string& colour = PlotColours()[i % PlotColours().size()];
    absl::StrAppendFormat(
        &lines,
        "%s$s%d using 1:2 with linespoints linecolor rgb '%s' dashtype %d "
        "linewidth 1.8 pointtype %d pointsize 0.7 title %s",
        i == 0 ? "" : ", \\\n  ", i, colour, i % 4 + 1, i % 2 == 0 ? 7 : 4,
        PlotText(schedules.size() == 1 && arms.size() > 1 ? "all runs" : LabelOf(schedule)));
    const int head = schedule.head_epochs;
    if (head == 0 || head >= static_cast<int>(schedule.rates.size())) continue;
    if (!boundaries.insert(head).second) continue;
    absl::StrAppendFormat(
        &arrows,
        "set arrow from %d.5, graph 0 to %d.5, graph 1 nohead linecolor rgb "
        "'#999999' dashtype 4\nset label 'last layer' at %d.5, graph 1.03 right "
        "offset -0.6,0 font ',8'\nset label 'all layers' at %d.5, graph 1.03 left "
        "offset 0.6,0 font ',8'\n",
        head, head, head, head);
  }
  const int height = 300 + 22 * static_cast<int>(schedules.size());
  std::string script = absl::StrCat(
      "set xlabel 'epoch' offset 0,0.4\nset ylabel 'learning rate'\nset yrange [0:*]\nset offsets "
      "0,0,graph "
      "0.05,0\nset xrange [0.5:",
      last + 0.5, "]\nset xtics ", std::max<size_t>(1, (last + 9) / 10), "\n",
      KeyBelow(static_cast<int>(schedules.size())), "set key maxcols 1\n", arrows, data, "plot ",
      lines, "\n");
  return FigurePlan{{"learning-rate", 640, height, std::move(script)},
                    "Learning rate at the last step of each epoch (in the second phase that of the "
                    "last layer). The vertical line is the boundary between the phases."};
}

}  // namespace fovea::client
