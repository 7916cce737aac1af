// A watched job on a terminal: finished epochs scroll up as rows of a table, below them bars and a
// curve of accuracy are redrawn in place.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/display/curve.h"
#include "client/display/live_region.h"
#include "client/watch/view.h"

namespace fovea::client {

// What a live view knows of the job, and how it looks. Separate from the terminal, for tests.
class LiveState {
 public:
  explicit LiveState(Style style) : style_(style) {}

  // Takes an event in; gives the lines that it leaves behind for good (may be empty).
  std::string Take(const v1::JobEvent& event);
  void TakeJob(const v1::Job& job);

  // What the last event says.
  std::string Finish(const v1::JobFinished& finished) const;

  // The lines of the region now, for a terminal of `width` columns.
  std::vector<std::string> Lines(int width) const;

 private:
  std::string TakeEpoch(const v1::EpochFinished& epoch);
  std::string StateLine() const;

  const Style style_;
  v1::JobState state_ = v1::JOB_STATE_UNSPECIFIED;
  int attempt_ = 0;
  int queue_position_ = 0;
  std::optional<bool> header_;  // Written, for rows with a validation part or without.
  v1::BestEpoch best_epoch_ = v1::BEST_EPOCH_UNSPECIFIED;
  v1::CacheProgress cache_;
  v1::StepProgress step_;
  CurveData curve_;
};

class LiveView : public WatchView {
 public:
  explicit LiveView(Style style) : style_(style), state_(style) {}
  ~LiveView() override { Stop(); }

  void Start(const v1::Job& job) override;
  void Event(const v1::JobEvent& event) override;
  void Notice(absl::string_view text) override;
  void Stop() override;

 private:
  void Draw(absl::string_view permanent);

  const Style style_;
  LiveState state_;
  LiveRegion region_;
};

}  // namespace fovea::client
