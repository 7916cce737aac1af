// A job manager with its rpcs on a real gRPC server, over a folder that can outlive it.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fovea/v1/training_service.grpc.pb.h"
#include "server/jobs/manager.h"
#include "server/metrics/metrics.h"
#include "server/rpc/executor.h"
#include "server/rpc/stream_registry.h"
#include "server/rpc/trainer_service.h"
#include "server/rpc/training_service.h"

namespace fovea {

// Options with the fake trainer and short times, beneath `dir`.
JobOptions FakeJobOptions(const std::string& dir);

// One life of a server: destroying it without Shutdown is a crash that leaves trainers running.
class JobServer {
 public:
  explicit JobServer(const JobOptions& options, WatchOptions watch = {},
                     absl::Duration tick = absl::Milliseconds(50));
  ~JobServer();

  JobManager& jobs() { return *jobs_; }
  StreamRegistry& watchers() { return watchers_; }
  v1::TrainingService::Stub& stub() { return *stub_; }
  std::shared_ptr<grpc::Channel> channel() { return channel_; }

  // The id of a new job whose trainer plays `script`.
  std::string Make(const std::string& script, int max_attempts = 3);
  // The job once `done` holds for it, by subscription; the job as it is after a minute.
  v1::Job Await(const std::string& id, const std::function<bool(const v1::Job&)>& done);
  v1::Job AwaitState(const std::string& id, v1::JobState state);
  std::vector<v1::JobEvent> Events(const std::string& id);

 private:
  Metrics metrics_;
  std::unique_ptr<JobManager> jobs_;
  Executor executor_;
  StreamRegistry watchers_, trainers_;
  std::unique_ptr<TrainingServiceImpl> training_;
  std::unique_ptr<TrainerServiceImpl> trainer_service_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::TrainingService::Stub> stub_;
};

}  // namespace fovea
