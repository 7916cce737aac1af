// Progress within an epoch: at most one event a second, with an estimate of the time left.
#pragma once

#include <chrono>
#include <cstdint>

#include "server/training/events.h"

namespace fovea {

// Not thread-safe. `sink` outlives it.
class Progress {
 public:
  struct Totals {
    int epochs = 0, head_epochs = 0;
    int64_t steps = 0;        // An epoch.
    int64_t test_images = 0;  // An epoch.
    int64_t batch_size = 0;
  };
  Progress(const Totals& totals, EventSink* sink) : totals_(totals), sink_(sink) {}

  // One more training step of so many seconds is done. `event` has all but the figures of speed and
  // time; it is sent when the last one is a second ago.
  void Step(double seconds, StepProgress event);
  // event.test_done photographs of the test part are graded, `seconds` after the first began.
  void Test(double seconds, StepProgress event);
  // Of event.precision_total photographs event.precision_done are graded, `seconds` after the first
  // began; nothing comes after them.
  void Precisions(double seconds, StepProgress event);

 private:
  // Mean seconds of a training step of a phase; guessed from the other one before the first.
  double StepSeconds(Phase phase) const;
  double SecondsLeft(const StepProgress& event) const;
  void Send(StepProgress event);
  bool SentLately();  // If not, this counts as sent.

  const Totals totals_;
  EventSink* const sink_;
  double step_seconds_[2] = {0, 0};  // By phase; 0: no step yet.
  double test_image_seconds_ = 0;    // 0: not tested yet.
  std::chrono::steady_clock::time_point sent_;
};

}  // namespace fovea
