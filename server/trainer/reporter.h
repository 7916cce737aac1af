// Tells fovead what a training attempt does, and the attempt what fovead wants.
#pragma once

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/thread.h"
#include "fovea/internal/v1/trainer_service.grpc.pb.h"
#include "server/trainer/outbox.h"
#include "server/trainer/session.h"
#include "server/training/events.h"
#include "server/training/stop_signal.h"

namespace fovea {

struct ReporterOptions {
  std::string server;  // gRPC target, for instance "unix:///var/lib/fovea/trainer.sock".
  internal::v1::Hello hello;
  absl::Duration sign_of_life = absl::Seconds(2);
  // Between two dials; doubles from the first to the second while the server is away.
  absl::Duration first_backoff = absl::Milliseconds(100);
  absl::Duration last_backoff = absl::Seconds(5);
  // Without a server for so long: the attempt is told to drain.
  absl::Duration give_up = absl::Hours(1);
};

// Keeps a stream to the server on threads of its own: training never waits for it. A broken stream is
// dialled again, and what was not acknowledged is sent again. A server that refuses the lease
// (PERMISSION_DENIED, FAILED_PRECONDITION, NOT_FOUND) cancels the attempt. Thread-safe. `stop`
// outlives the reporter.
class Reporter : public EventSink {
 public:
  enum class State { kAlive, kLeaseLost, kServerLost };

  Reporter(const ReporterOptions& options, StopSignal* stop);
  // Ends the stream; what was not acknowledged is lost.
  ~Reporter() override;

  void Emit(TrainingEvent event) override;
  bool Flush(absl::Duration timeout) override { return outbox_.WaitEmpty(timeout); }

  // Reports the outcome as the last, and waits until it is acknowledged, at most `timeout`, or the
  // server is lost. Whether it was acknowledged.
  bool Finish(const Outcome& outcome, absl::Duration timeout);

  State state() const;

 private:
  void Run();
  // One stream; whether to dial again.
  bool RunSession();
  void End(State state, StopSignal::Kind stop);
  bool StoppingOrLost() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || state_ != State::kAlive;
  }

  const ReporterOptions options_;
  StopSignal* const stop_;
  Outbox outbox_;
  const std::unique_ptr<internal::v1::TrainerService::Stub> stub_;

  mutable absl::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kAlive;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Session* session_ ABSL_GUARDED_BY(mutex_) = nullptr;  // While one runs.

  // Used by the thread alone.
  absl::Duration backoff_;
  absl::Duration last_contact_;  // By MonotonicNow.

  Thread thread_;  // The last: it uses all of the above.
};

}  // namespace fovea
