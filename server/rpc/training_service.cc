#include "server/rpc/training_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/cores.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "server/rpc/paging.h"
#include "server/rpc/request_id.h"

namespace fovea {
namespace {

constexpr int kMaxThreads = 256;

absl::StatusOr<std::vector<v1::JobState>> StatesOf(const v1::ListJobsRequest& request) {
  std::vector<v1::JobState> states;
  for (const int state : request.states()) {
    if (!v1::JobState_IsValid(state) || state == v1::JOB_STATE_UNSPECIFIED) {
      return FieldError("states", absl::StrCat(state, " is not a state of a job"));
    }
    states.push_back(static_cast<v1::JobState>(state));
  }
  return states;
}

// The number in a page token; 0 for an empty one.
absl::StatusOr<int64_t> ParseJobToken(const std::string& token) {
  FOVEA_ASSIGN_OR_RETURN(const std::string key, ParsePageToken(token));
  int64_t before = 0;
  if (key.empty() && token.empty()) return before;
  if (!absl::SimpleAtoi(key, &before) || before < 1) {
    return FieldError("page_token", "is not one that this server gave; begin without one");
  }
  return before;
}

}  // namespace

TrainingServiceImpl::TrainingServiceImpl(const RpcEnv& env, TrainingServiceOptions options,
                                         JobManager* jobs, StreamRegistry* streams)
    : env_(env), options_(std::move(options)), jobs_(jobs), streams_(streams) {}

grpc::ServerUnaryReactor* TrainingServiceImpl::CreateJob(grpc::CallbackServerContext* context,
                                                         const v1::CreateJobRequest* request,
                                                         v1::Job* response) {
  return RunUnary(env_, context, "TrainingService/CreateJob",
                  [=, this] { return Create(*request, response); });
}

absl::Status TrainingServiceImpl::Create(const v1::CreateJobRequest& request, v1::Job* job) {
  FOVEA_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  if (!request.request_id().empty() && !request.validate_only()) {
    // Before anything is checked: the data set may be gone since, the job that was made is not.
    absl::StatusOr<v1::Job> made = jobs_->FindByRequestId(request.request_id());
    if (made.ok()) *job = *std::move(made);
    if (!absl::IsNotFound(made.status())) return made.status();
  }
  v1::TrainingSpec spec = request.spec();
  if (!spec.has_threads()) spec.set_threads(std::min(AvailableCores(), kMaxThreads));
  FOVEA_RETURN_IF_ERROR(options_.resolve_spec(&spec));
  FOVEA_RETURN_IF_ERROR(jobs_->CheckDevice(spec));
  FOVEA_RETURN_IF_ERROR(options_.check_references(&spec));
  v1::Job wanted;
  *wanted.mutable_spec() = spec;
  wanted.set_request_id(request.request_id());
  if (request.validate_only()) {
    wanted.set_state(v1::JOB_STATE_QUEUED);
    *job = std::move(wanted);
    return absl::OkStatus();
  }
  FOVEA_ASSIGN_OR_RETURN(*job, jobs_->Create(wanted));
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* TrainingServiceImpl::GetJob(grpc::CallbackServerContext* context,
                                                      const v1::GetJobRequest* request,
                                                      v1::Job* response) {
  return RunUnary(env_, context, "TrainingService/GetJob", [=, this]() -> absl::Status {
    FOVEA_ASSIGN_OR_RETURN(const std::string id, ParseName("name", "jobs", request->name()));
    FOVEA_ASSIGN_OR_RETURN(*response, jobs_->Get(id));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* TrainingServiceImpl::ListJobs(grpc::CallbackServerContext* context,
                                                        const v1::ListJobsRequest* request,
                                                        v1::ListJobsResponse* response) {
  return RunUnary(env_, context, "TrainingService/ListJobs",
                  [=, this] { return List(*request, response); });
}

absl::Status TrainingServiceImpl::List(const v1::ListJobsRequest& request,
                                       v1::ListJobsResponse* response) {
  FOVEA_ASSIGN_OR_RETURN(const int limit, PageSize(request.page_size()));
  FOVEA_ASSIGN_OR_RETURN(const int64_t before, ParseJobToken(request.page_token()));
  FOVEA_ASSIGN_OR_RETURN(const std::vector<v1::JobState> states, StatesOf(request));
  FOVEA_ASSIGN_OR_RETURN(JobPage page, jobs_->List(before, limit, states));
  for (v1::Job& job : page.jobs) *response->add_jobs() = std::move(job);
  if (page.next > 0) response->set_next_page_token(MakePageToken(absl::StrCat(page.next)));
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* TrainingServiceImpl::CancelJob(grpc::CallbackServerContext* context,
                                                         const v1::CancelJobRequest* request,
                                                         v1::Job* response) {
  return RunUnary(env_, context, "TrainingService/CancelJob", [=, this]() -> absl::Status {
    FOVEA_ASSIGN_OR_RETURN(const std::string id, ParseName("name", "jobs", request->name()));
    FOVEA_ASSIGN_OR_RETURN(*response, jobs_->Cancel(id));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* TrainingServiceImpl::DeleteJob(grpc::CallbackServerContext* context,
                                                         const v1::DeleteJobRequest* request,
                                                         google::protobuf::Empty* /*response*/) {
  return RunUnary(env_, context, "TrainingService/DeleteJob", [=, this]() -> absl::Status {
    FOVEA_ASSIGN_OR_RETURN(const std::string id, ParseName("name", "jobs", request->name()));
    return jobs_->Delete(id);
  });
}

grpc::ServerWriteReactor<v1::JobEvent>* TrainingServiceImpl::WatchJob(
    grpc::CallbackServerContext* context, const v1::WatchJobRequest* request) {
  return WatchJobStream::Start(env_, options_.watch, jobs_, streams_, context, *request);
}

}  // namespace fovea
