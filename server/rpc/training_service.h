// TrainingService: thin handlers over JobManager.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "fovea/v1/training_service.grpc.pb.h"
#include "server/jobs/manager.h"
#include "server/rpc/stream_registry.h"
#include "server/rpc/unary.h"
#include "server/rpc/watch_job.h"

namespace fovea {

struct TrainingServiceOptions {
  // Checks a spec and fills in every default (server/convert/training_spec.h).
  std::function<absl::Status(v1::TrainingSpec*)> resolve_spec;
  // Checks that the data set and the weights to begin with exist: NOT_FOUND that names what does
  // not. May pin `init` to the version that an alias points at now.
  std::function<absl::Status(v1::TrainingSpec*)> check_references;
  WatchOptions watch;
};

// Thread-safe. What it is given outlives the gRPC server. `streams` ends the watchers at shutdown.
class TrainingServiceImpl final : public v1::TrainingService::CallbackService {
 public:
  TrainingServiceImpl(const RpcEnv& env, TrainingServiceOptions options, JobManager* jobs,
                      StreamRegistry* streams);

  grpc::ServerUnaryReactor* CreateJob(grpc::CallbackServerContext* context,
                                      const v1::CreateJobRequest* request,
                                      v1::Job* response) override;
  grpc::ServerUnaryReactor* GetJob(grpc::CallbackServerContext* context,
                                   const v1::GetJobRequest* request, v1::Job* response) override;
  grpc::ServerUnaryReactor* ListJobs(grpc::CallbackServerContext* context,
                                     const v1::ListJobsRequest* request,
                                     v1::ListJobsResponse* response) override;
  grpc::ServerUnaryReactor* CancelJob(grpc::CallbackServerContext* context,
                                      const v1::CancelJobRequest* request,
                                      v1::Job* response) override;
  grpc::ServerUnaryReactor* DeleteJob(grpc::CallbackServerContext* context,
                                      const v1::DeleteJobRequest* request,
                                      google::protobuf::Empty* response) override;
  grpc::ServerWriteReactor<v1::JobEvent>* WatchJob(grpc::CallbackServerContext* context,
                                                   const v1::WatchJobRequest* request) override;

 private:
  absl::Status Create(const v1::CreateJobRequest& request, v1::Job* job);
  absl::Status List(const v1::ListJobsRequest& request, v1::ListJobsResponse* response);

  const RpcEnv env_;
  const TrainingServiceOptions options_;
  JobManager* const jobs_;
  StreamRegistry* const streams_;
};

}  // namespace fovea
