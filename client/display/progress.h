// Progress of something that is counted: a bar with amount, rate and time left.
#pragma once

#include <functional>
#include <string>

#include "absl/time/time.h"
#include "client/display/terminal.h"

namespace fovea::client {

// Text of one state, for instance
// "sending    ████████░░░░  12.3 MB of 20.0 MB  4.1 MB/s  0:02 left".
struct ProgressState {
  std::string label;
  double done = 0;
  double total = 0;
  absl::Duration elapsed;
  double done_before = 0;  // Part of `done` that the elapsed time did not do.
  std::string unit;        // "bytes": formatted as such; otherwise follows the number.
};
std::string RenderProgress(const ProgressState& state, int width, const Style& style);

// Draws a ProgressState on stderr: in place on a terminal, ten times a second at most; elsewhere a
// line at every tenth of the way. Not thread-safe.
class ProgressMeter {
 public:
  ProgressMeter(const Terminal& terminal, std::string label, std::string unit);
  // Ends the line.
  ~ProgressMeter();
  ProgressMeter(const ProgressMeter&) = delete;
  ProgressMeter& operator=(const ProgressMeter&) = delete;

  void Update(double done, double total);
  // Takes the bar away until the next update, to write something else.
  void Hide();

 private:
  void DrawPlain();

  const Terminal terminal_;
  const absl::Time start_;
  absl::Time last_draw_;
  ProgressState state_;
  bool started_ = false;
  bool drawn_ = false;
  int last_tenth_ = 0;
};

}  // namespace fovea::client
