// How an experiment under way is shown.
#pragma once

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "client/display/live_region.h"
#include "client/display/terminal.h"
#include "client/experiment/state.h"

namespace fovea::client {

// A table that is drawn anew in place on a terminal; elsewhere a line for every change. Not
// thread-safe.
class ExperimentView {
 public:
  // `live`: on a terminal. Otherwise lines go to stderr if `quiet`, so that stdout has JSON alone.
  ExperimentView(const Terminal& terminal, bool live, bool quiet)
      : terminal_(terminal), live_(live), quiet_(quiet) {}
  ~ExperimentView() { Stop(); }

  void Show(const ExperimentState& state);
  // Something for people, above the table.
  void Notice(absl::string_view text);
  // Takes the table away.
  void Stop();

 private:
  void Draw(const ExperimentState& state);
  void PrintChanges(const ExperimentState& state);

  const Terminal terminal_;
  const bool live_;
  const bool quiet_;
  LiveRegion region_;
  std::map<std::string, std::string> printed_;  // By label, the last line.
};

// The lines of a live table that fit on `height` lines: all, or those of runs under way first, then
// the last line says how many more there are.
std::vector<std::string> LiveLines(const ExperimentState& state, int height, const Style& style);

// What has become of a run, in a line: "epoch 2/3: train 0.61, test 0.58, kappa 0.42".
std::string RunLine(const ExperimentRun& run);

}  // namespace fovea::client
