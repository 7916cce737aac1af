// Reports on their way to fovead, kept until they are acknowledged.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "fovea/internal/v1/trainer_service.pb.h"

namespace fovea {

// A queue of reports. A report gets its sequence number when it is first taken, so that numbers have
// no gaps; from then on it never changes. Thread-safe.
class Outbox {
 public:
  using Report = internal::v1::Report;

  // At the end. Progress (of a step, of the cache) replaces older progress of its kind that was not
  // taken yet; nothing else is ever dropped.
  void Add(Report report);

  // A stream begins whose server has stored everything up to `stored`; what is above and was taken
  // before is taken again.
  void Rewind(int64_t stored);

  // The next report for the stream, or nothing when there is none within `timeout`.
  std::optional<Report> Take(absl::Duration timeout);

  // Stored up to this number.
  void Acknowledge(int64_t sequence);

  // Waits until all that was added is acknowledged; false after `timeout`.
  bool WaitEmpty(absl::Duration timeout);

  // Makes a waiting Take return.
  void Wake();

 private:
  bool HasNext() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return woken_ || next_taken_ < taken_.size() || !waiting_.empty();
  }
  bool IsEmpty() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return taken_.empty() && waiting_.empty();
  }
  void DropStored(int64_t stored) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  std::deque<Report> taken_ ABSL_GUARDED_BY(mutex_);    // With numbers, not acknowledged.
  size_t next_taken_ ABSL_GUARDED_BY(mutex_) = 0;       // The first that this stream has not had.
  std::deque<Report> waiting_ ABSL_GUARDED_BY(mutex_);  // Without numbers yet.
  int64_t last_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace fovea
