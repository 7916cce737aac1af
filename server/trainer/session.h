// One stream to fovead, from Hello to its end.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/sync_stream.h>

#include <atomic>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/thread.h"
#include "fovea/internal/v1/trainer_service.grpc.pb.h"
#include "server/trainer/outbox.h"
#include "server/training/stop_signal.h"

namespace fovea {

// How far a stream came.
struct Contact {
  std::atomic<bool> welcomed{false};      // The server has taken the attempt.
  std::atomic<bool> acknowledged{false};  // It has stored a report.
};

// Sends what the outbox has, and a sign of life when it has nothing for `sign_of_life`; takes
// acknowledgements and commands on a thread of its own. Run is called once, Cancel from any thread.
class Session {
 public:
  // All outlive the session.
  Session(internal::v1::TrainerService::StubInterface* stub, Outbox* outbox, StopSignal* stop);

  // Returns when the stream has ended, with its status.
  absl::Status Run(const internal::v1::Hello& hello, absl::Duration sign_of_life,
                   Contact* contact);

  // Ends the stream.
  void Cancel();

 private:
  using Stream = grpc::ClientReaderWriterInterface<internal::v1::TrainerMessage,
                                                   internal::v1::ServerMessage>;

  void ReadAll(Stream* stream, Contact* contact);
  void WriteAll(Stream* stream, absl::Duration sign_of_life);
  bool WelcomedOrEnded() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return welcomed_ || ended_; }
  bool Ended();

  internal::v1::TrainerService::StubInterface* const stub_;
  Outbox* const outbox_;
  StopSignal* const stop_;
  grpc::ClientContext context_;

  absl::Mutex mutex_;
  bool welcomed_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace fovea
