// Watched jobs as lines of text and as JSON Lines, on stdout.
#pragma once

#include "absl/time/time.h"
#include "client/watch/view.h"

namespace fovea::client {

// A line for everything that matters; progress at most every ten seconds of the job's own time.
class PlainView : public WatchView {
 public:
  explicit PlainView(Style style) : style_(style) {}

  void Start(const v1::Job& job) override;
  void Event(const v1::JobEvent& event) override;
  void Notice(absl::string_view text) override;

 private:
  bool ProgressIsDue(const v1::JobEvent& event);

  const Style style_;
  v1::BestEpoch best_epoch_ = v1::BEST_EPOCH_UNSPECIFIED;
  int64_t last_progress_ = 0;  // Seconds since 1970.
};

// The line, without its end, for an event of PlainView; empty for those that it leaves out.
// `best_epoch` is how the job chooses its epoch.
std::string PlainEventText(const v1::JobEvent& event, v1::BestEpoch best_epoch, bool utf8);

// Every event as a line of JSON.
class JsonView : public WatchView {
 public:
  void Start(const v1::Job&) override {}
  void Event(const v1::JobEvent& event) override;
  void Notice(absl::string_view text) override;
};

}  // namespace fovea::client
