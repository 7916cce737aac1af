#include "tests/testing/job_fixture.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "server/jobs/job_state.h"

namespace fovea {
namespace {

TrainingServiceOptions ServiceOptions(WatchOptions watch) {
  TrainingServiceOptions options;
  options.resolve_spec = [](v1::TrainingSpec* spec) {
    if (spec->device().empty()) spec->set_device("auto");
    return absl::OkStatus();
  };
  options.check_references = [](v1::TrainingSpec* spec) -> absl::Status {
    if (spec->dataset() == "datasets/missing") {
      return absl::NotFoundError("spec.dataset: there is no datasets/missing");
    }
    return absl::OkStatus();
  };
  options.watch = watch;
  return options;
}

}  // namespace

JobOptions FakeJobOptions(const std::string& dir) {
  JobOptions options;
  options.store_path = JoinPath(dir, "jobs.db");
  options.jobs_dir = JoinPath(dir, "jobs");
  options.trainer_program = absl::StrCat(FOVEA_BINARY_DIR, "/bin/fake_trainer");
  options.attempt.set_server(absl::StrCat("unix://", dir, "/trainer.sock"));
  options.resolve = [](const v1::TrainingSpec& spec, internal::v1::AttemptSpec*) -> absl::Status {
    if (spec.dataset() == "datasets/gone") return absl::NotFoundError("datasets/gone was deleted");
    return absl::OkStatus();
  };
  options.publish = [](const v1::Job& job, const std::string&) -> absl::StatusOr<std::string> {
    return absl::StrCat("models/", job.spec().model_id(), "/versions/1");
  };
  options.cancel_grace = absl::Milliseconds(400);
  options.kill_grace = absl::Milliseconds(400);
  options.exit_grace = absl::Milliseconds(400);
  return options;
}

JobServer::JobServer(const JobOptions& options, WatchOptions watch, absl::Duration tick)
    : executor_("rpc", 4), watchers_(tick), trainers_(tick) {
  absl::StatusOr<std::unique_ptr<JobManager>> jobs = JobManager::Open(options, &metrics_);
  if (!jobs.ok()) {
    std::fprintf(stderr, "%s\n", std::string(jobs.status().message()).c_str());
    std::abort();
  }
  jobs_ = *std::move(jobs);
  training_ = std::make_unique<TrainingServiceImpl>(RpcEnv{&executor_, &metrics_},
                                                    ServiceOptions(watch), jobs_.get(), &watchers_);
  trainer_service_ = std::make_unique<TrainerServiceImpl>(jobs_.get(), &executor_, &trainers_);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(options.attempt.server(), grpc::InsecureServerCredentials());
  builder.RegisterService(training_.get());
  builder.RegisterService(trainer_service_.get());
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) std::abort();
  channel_ = server_->InProcessChannel({});
  stub_ = v1::TrainingService::NewStub(channel_);
  jobs_->Start();
}

JobServer::~JobServer() {
  watchers_.CloseAll();
  trainers_.CloseAll();
  server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  server_->Wait();
  executor_.Shutdown();
}

std::string JobServer::Make(const std::string& script, int max_attempts) {
  v1::Job wanted;
  v1::TrainingSpec& spec = *wanted.mutable_spec();
  spec.set_dataset("datasets/d");
  spec.set_device("auto");
  spec.set_model_id(script);
  spec.set_max_attempts(max_attempts);
  const absl::StatusOr<v1::Job> job = jobs_->Create(wanted);
  return job.ok() ? job->name().substr(5) : std::string(job.status().message());
}

v1::Job JobServer::Await(const std::string& id, const std::function<bool(const v1::Job&)>& done) {
  absl::Mutex mutex;
  bool changed = true;
  const Subscription subscription = jobs_->Subscribe(id, [&] {
    absl::MutexLock lock(&mutex);
    changed = true;
  });
  const absl::Time deadline = absl::Now() + absl::Minutes(1);
  while (true) {
    const absl::StatusOr<v1::Job> job = jobs_->Get(id);
    if (!job.ok() || done(*job)) return job.value_or(v1::Job());
    absl::MutexLock lock(&mutex);
    if (!mutex.AwaitWithDeadline(absl::Condition(&changed), deadline)) return *job;
    changed = false;
  }
}

v1::Job JobServer::AwaitState(const std::string& id, v1::JobState state) {
  return Await(id, [state](const v1::Job& job) {
    return job.state() == state || IsTerminal(job.state());
  });
}

std::vector<v1::JobEvent> JobServer::Events(const std::string& id) {
  return jobs_->ReadEvents(id, 1, 10'000).value_or(std::vector<v1::JobEvent>());
}

}  // namespace fovea
