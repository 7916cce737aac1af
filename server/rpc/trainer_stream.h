// One stream of one trainer.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <deque>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "fovea/internal/v1/trainer_service.pb.h"
#include "server/jobs/links.h"
#include "server/jobs/manager.h"
#include "server/rpc/executor.h"
#include "server/rpc/stream_registry.h"

namespace fovea {

// A message is read, handled by the executor (which stores it durably), acknowledged, and only then
// the next one is read: reports keep their order, and a trainer that reports faster than the disk
// is slowed down. It owns itself until gRPC is done with it.
class TrainerStream final
    : public grpc::ServerBidiReactor<internal::v1::TrainerMessage, internal::v1::ServerMessage>,
      public TrainerLink,
      public OpenStream,
      public std::enable_shared_from_this<TrainerStream> {
 public:
  // Begins the call. All pointers outlive the gRPC server.
  static TrainerStream* Start(JobManager* jobs, Executor* executor, StreamRegistry* streams);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  void Send(internal::v1::Command command) override;
  void Replaced() override;
  void Close() override;
  void Tick() override {}  // Silence is the supervisor's to judge.

 private:
  TrainerStream(JobManager* jobs, Executor* executor) : jobs_(jobs), executor_(executor) {}

  // On the executor; they do not run at the same time.
  void Handle();
  absl::Status HandleHello(const internal::v1::Hello& hello);
  absl::Status HandleReport(const internal::v1::Report& report);
  void Leave();

  void Queue(internal::v1::ServerMessage message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Finishes the call, once, when no write is under way.
  void End(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FinishNow() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  JobManager* const jobs_;
  Executor* const executor_;

  // Between StartRead and OnReadDone gRPC's, from there to the next StartRead the executor's.
  internal::v1::TrainerMessage incoming_;
  std::string job_;  // The id; empty before the hello. Of the executor's tasks alone.
  int32_t attempt_ = 0;

  absl::Mutex mutex_;
  std::shared_ptr<TrainerStream> self_ ABSL_GUARDED_BY(mutex_);
  // The first is being written while writing_.
  std::deque<internal::v1::ServerMessage> outgoing_ ABSL_GUARDED_BY(mutex_);
  bool welcomed_ ABSL_GUARDED_BY(mutex_) = false;  // Nothing is written before the welcome.
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace fovea
