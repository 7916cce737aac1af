// How a watched job is shown.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "client/display/terminal.h"
#include "fovea/v1/job.pb.h"

namespace fovea::client {

// Is told of a job's events in their order, from one thread.
class WatchView {
 public:
  virtual ~WatchView() = default;
  // Once, before the events: the job as it is now.
  virtual void Start(const v1::Job& job) = 0;
  virtual void Event(const v1::JobEvent& event) = 0;
  // Something about the connection, for stderr.
  virtual void Notice(absl::string_view text) = 0;
  // No more events come. Harmless when called again.
  virtual void Stop() {}
};

// What plain and live views share. Text is made harmless.
std::string StateName(v1::JobState state);                       // "queued", "running", ...
const char* PartName(v1::Part part);                             // "train" or "test".
std::string DescribeJob(const v1::Job& job);                     // "jobs/j-1: resnet18 on ..."
std::string DescribeStart(const v1::TrainingStarted& started);   // Counts, weights, baseline.
std::string DescribeWarning(const v1::Warning& warning);         // With the photographs.
std::string DescribeState(const v1::StateChanged& change, int attempt);
// "highest testing accuracy 0.812 at epoch 7 → models/x/versions/3"; `best_epoch` is how the job
// has chosen it.
std::string DescribeFinish(const v1::JobFinished& finished, v1::BestEpoch best_epoch, bool utf8);

}  // namespace fovea::client
