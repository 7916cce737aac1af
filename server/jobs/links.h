// The streams over which trainers are connected now, and when each was last heard of.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "fovea/internal/v1/trainer_service.pb.h"

namespace fovea {

// The server's end of a trainer's stream, as the jobs layer sees it. Both functions return at once
// and call nothing of TrainerLinks.
class TrainerLink {
 public:
  virtual ~TrainerLink() = default;
  virtual void Send(internal::v1::Command command) = 0;
  // Another stream of the same attempt has taken its place: end this one.
  virtual void Replaced() = 0;
};

// Thread-safe. Times are monotonic.
class TrainerLinks {
 public:
  using Clock = std::chrono::steady_clock;

  // Expects the trainer of a job: it counts as heard of now. Forgets what was known of the job.
  void Expect(const std::string& job);
  void Forget(const std::string& job);

  // Takes the place of an earlier stream of the job, which is told. Nothing for a job that is not
  // expected.
  void Attach(const std::string& job, std::shared_ptr<TrainerLink> link);
  // Harmless when `link` is not the job's stream any more.
  void Detach(const std::string& job, const TrainerLink* link);
  bool Attached(const std::string& job) const;

  void Heard(const std::string& job);
  // Clock::now() for a job that is not expected.
  Clock::time_point LastHeard(const std::string& job) const;

  // Sends the command over the job's stream unless it was sent over that stream before.
  void SendOnce(const std::string& job, internal::v1::Command command);

 private:
  struct Entry {
    std::shared_ptr<TrainerLink> link;  // Null: not connected.
    std::set<internal::v1::Command> sent;
    Clock::time_point heard;
  };

  mutable absl::Mutex mutex_;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace fovea
