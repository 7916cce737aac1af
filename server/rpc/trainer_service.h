// The internal service that trainers dial: reports in, acknowledgements and commands out.
#pragma once

#include "fovea/internal/v1/trainer_service.grpc.pb.h"
#include "server/jobs/manager.h"
#include "server/rpc/executor.h"
#include "server/rpc/stream_registry.h"

namespace fovea {

// Thread-safe. All pointers outlive the gRPC server. `streams` ends the streams at shutdown, after
// JobManager::Shutdown has drained the trainers over them.
class TrainerServiceImpl final : public internal::v1::TrainerService::CallbackService {
 public:
  TrainerServiceImpl(JobManager* jobs, Executor* executor, StreamRegistry* streams)
      : jobs_(jobs), executor_(executor), streams_(streams) {}

  grpc::ServerBidiReactor<internal::v1::TrainerMessage, internal::v1::ServerMessage>* Attach(
      grpc::CallbackServerContext* context) override;

 private:
  JobManager* const jobs_;
  Executor* const executor_;
  StreamRegistry* const streams_;
};

}  // namespace fovea
