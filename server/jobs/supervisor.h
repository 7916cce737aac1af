// Starts trainers for queued jobs, watches their processes, and brings jobs to their end.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/file.h"
#include "common/base/thread.h"
#include "server/jobs/ledger.h"
#include "server/jobs/links.h"
#include "server/jobs/options.h"
#include "server/jobs/process.h"

namespace fovea {

// One thread that compares what the store says with what runs, again after each Wake, end of a
// process or due time, and does what is missing. It keeps no state of jobs of its own: all that
// must outlive this process is in the store, so that a new Supervisor over the same store goes on
// where this one was killed.
//
// Thread-safe. `ledger` and `links` are not owned and outlive this. The destructor stops the thread
// and leaves trainers running; Drain stops them.
class Supervisor {
 public:
  Supervisor(const JobOptions& options, Ledger* ledger, TrainerLinks* links);
  ~Supervisor();

  // Takes over the trainers of an earlier process that still live. Once, before any may attach.
  absl::Status TakeOver();

  // Starts the thread. Once, after TakeOver and before Drain.
  void Start();

  // Something in the store or of a link has changed. Never blocks.
  void Wake();

  // Starts no more jobs (nor any at all before Start), tells trainers to write a checkpoint and stop, and waits until all have.
  // After `timeout` they get SIGTERM, then SIGKILL. The jobs are QUEUED then.
  void Drain(absl::Duration timeout);

 private:
  using Clock = TrainerLinks::Clock;

  // A device in use: an attempt whose process has not been seen to end. Of the thread alone.
  struct Slot {
    std::string job;
    int32_t attempt = 0;
    std::string device;
    std::optional<Process> process;  // Empty: it never ran, or ended before it was taken over.
    std::string start_error;         // Why it never ran.
    std::string how_ended;           // Set when it has.
    bool ended_orderly = false;      // With a checkpoint; not lost.
    std::optional<Clock::time_point> cancel_since, over_since, ended_since, term_sent;
    bool kill_sent = false;
    std::string stop_reason;  // Why it gets signals; empty: it does not.
  };

  void Run();
  void Wait(Clock::time_point until);
  void Adopt(const std::string& job);

  // Brings one slot forward. False when its device is free again.
  bool Step(Slot* slot);
  bool IsOver(const Slot& slot, const absl::StatusOr<JobRow>& row) const;
  void Settle(const JobRow& row);
  absl::Status SettleSuccess(const JobRow& row);
  bool HandleEnd(Slot* slot, bool over);
  bool WriteEnd(const Slot& slot);
  void Press(Slot* slot, bool over, bool cancelling);
  void SignalAt(Slot* slot, Clock::time_point due, const std::string& reason);

  void Schedule();
  void Begin(const std::string& job, const std::string& device);
  absl::StatusOr<Process> Launch(const JobRow& row, const std::string& device);

  std::string JobDir(const std::string& job) const;
  std::string ResolveDevice(const v1::TrainingSpec& spec) const;
  void Due(Clock::time_point time);
  bool stopping() const;
  // When draining trainers get SIGTERM; empty: not draining.
  std::optional<Clock::time_point> drain_until() const;
  void ShowIdle(bool idle);

  const JobOptions options_;
  Ledger* const ledger_;
  TrainerLinks* const links_;
  const FileDescriptor wake_fd_;  // An eventfd.

  std::vector<Slot> slots_;    // Of the thread alone, once it runs.
  Clock::time_point next_due_;  // Likewise: when to look again although nothing happened.

  mutable absl::Mutex mutex_;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<Clock::time_point> drain_until_ ABSL_GUARDED_BY(mutex_);
  bool drained_ ABSL_GUARDED_BY(mutex_) = false;  // Draining, and nothing runs.

  std::optional<Thread> thread_;  // Last: it uses all of the above.
};

}  // namespace fovea
