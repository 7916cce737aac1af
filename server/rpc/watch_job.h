// WatchJob: replays the events of a job, then follows it live.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "fovea/v1/training_service.pb.h"
#include "server/jobs/manager.h"
#include "server/rpc/stream_registry.h"
#include "server/rpc/unary.h"

namespace fovea {

struct WatchOptions {
  // A consumer that takes no event for so long is ended with ABORTED, ...
  absl::Duration slow_limit = absl::Seconds(60);
  // ... and cancelled when it does not take that either.
  absl::Duration abort_grace = absl::Seconds(5);
};

// One call. It is a cursor over the store: a batch of events is read by the executor, they are
// written one at a time, and at the end it sleeps until the job's subscription wakes it. So memory
// is bounded whatever the consumer's pace, and progress that was replaced meanwhile is never sent.
// Reactions only take its mutex and post. It owns itself until gRPC is done with it.
class WatchJobStream final : public grpc::ServerWriteReactor<v1::JobEvent>,
                             public OpenStream,
                             public std::enable_shared_from_this<WatchJobStream> {
 public:
  // Begins the call. `jobs` and `streams` outlive the gRPC server.
  static WatchJobStream* Start(const RpcEnv& env, const WatchOptions& options, JobManager* jobs,
                               StreamRegistry* streams, grpc::CallbackServerContext* context,
                               const v1::WatchJobRequest& request);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  // UNAVAILABLE that says where to go on.
  void Close() override;
  void Tick() override;

 private:
  using Clock = std::chrono::steady_clock;

  WatchJobStream(const RpcEnv& env, const WatchOptions& options, JobManager* jobs,
                 grpc::CallbackServerContext* context, std::string job, int64_t from_sequence);

  void Subscribe();
  void Wake() ABSL_LOCKS_EXCLUDED(mutex_);
  // Reads the next batch. On the executor.
  void Read() ABSL_LOCKS_EXCLUDED(mutex_);
  void PostRead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Finishes the call, once, when no write is under way.
  void End(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FinishNow() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const RpcTimer timer_;
  Executor* const executor_;
  const WatchOptions options_;
  JobManager* const jobs_;
  grpc::CallbackServerContext* const context_;
  const std::string job_;  // The id.

  absl::Mutex mutex_;
  std::shared_ptr<WatchJobStream> self_ ABSL_GUARDED_BY(mutex_);
  int64_t next_ ABSL_GUARDED_BY(mutex_);                      // First sequence number not written.
  std::deque<v1::JobEvent> batch_ ABSL_GUARDED_BY(mutex_);    // Read; the first is being written.
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;              // A Read is posted or runs.
  bool news_ ABSL_GUARDED_BY(mutex_) = false;                 // Told of events since it began.
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  Clock::time_point write_start_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;             // Finish was called.
  absl::Status end_ ABSL_GUARDED_BY(mutex_);
  Clock::time_point finish_time_ ABSL_GUARDED_BY(mutex_);

  Subscription subscription_;  // Last: destroyed first, after which Wake is not called.
};

}  // namespace fovea
