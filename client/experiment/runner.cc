#include "client/experiment/runner.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/experiment/request_ids.h"
#include "client/experiment/summary.h"
#include "client/experiment/view.h"
#include "client/interrupt.h"
#include "client/report.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

using Training = v1::TrainingService::StubInterface;
using Evaluations = v1::EvaluationService::StubInterface;

constexpr absl::Duration kPoll = absl::Seconds(1);
constexpr absl::Duration kReconnectFor = absl::Minutes(10);
constexpr absl::Duration kReconnectPause = absl::Seconds(2);

// One call of `fovea experiment run`. Used from one thread.
class Runner {
 public:
  Runner(const Session& session, Connection* connection, const ExperimentPlan& plan,
         const RunnerOptions& options)
      : session_(session),
        connection_(connection),
        plan_(plan),
        options_(options),
        view_(session.terminal, session.terminal.stdout_tty && !session.options.json,
              session.options.json) {}

  CommandResult Run() {
    FOVEA_ASSIGN_OR_RETURN(const std::vector<v1::Job> jobs, ListAllJobs(connection_));
    state_ = StateOfPlan(plan_, jobs);
    FOVEA_RETURN_IF_ERROR(CheckSpecs());
    while (!interrupts_.interrupted()) {
      const absl::Status status = Advance();
      if (status.ok() && IsOver()) return Finish();
      if (status.ok()) {
        lost_since_ = absl::InfinitePast();
        view_.Show(state_);
        interrupts_.WaitFor(kPoll);
      } else if (!WaitToReconnect(status)) {
        if (interrupts_.interrupted()) break;
        view_.Stop();
        Note(absl::StrCat("go on with: ", options_.resume));
        return status;
      }
    }
    return Detach();
  }

 private:
  // Before anything is submitted, so that a mistake in the last run does not leave the others.
  absl::Status CheckSpecs() {
    for (size_t i = 0; i < plan_.runs.size(); ++i) {
      if (!IsWanted(state_.runs[i].training)) continue;
      v1::CreateJobRequest request;
      *request.mutable_spec() = plan_.runs[i].spec;
      request.set_validate_only(true);
      const auto job = Call(*connection_, connection_->training(), &Training::CreateJob, request);
      FOVEA_RETURN_IF_ERROR(Annotate(job.status(), plan_.runs[i].label));
    }
    return absl::OkStatus();
  }

  bool IsWanted(const v1::Job& job) const {
    return !IsSubmitted(job) || (options_.retry_failed && IsLost(job));
  }

  // Every step may be repeated: request ids make the same job of the same call.
  absl::Status Advance() {
    FOVEA_RETURN_IF_ERROR(SubmitTrainings());
    FOVEA_RETURN_IF_ERROR(Refresh());
    return plan_.evaluate ? SubmitEvaluations() : absl::OkStatus();
  }

  absl::Status SubmitTrainings() {
    for (size_t i = 0; i < plan_.runs.size(); ++i) {
      ExperimentRun& run = state_.runs[i];
      if (!IsWanted(run.training) || retried_.count(run.hash) > 0) continue;
      v1::CreateJobRequest request;
      *request.mutable_spec() = plan_.runs[i].spec;
      request.set_request_id(ToRequestId({.experiment = plan_.name,
                                          .run = run.hash,
                                          .attempt = run.attempt + 1,
                                          .label = run.label,
                                          .evaluation = ""}));
      FOVEA_ASSIGN_OR_RETURN(
          run.training, Call(*connection_, connection_->training(), &Training::CreateJob, request));
      ++run.attempt;
      run.evaluation_job.Clear();
      run.evaluation_attempt = 0;
      retried_.insert(run.hash);
    }
    return absl::OkStatus();
  }

  // Jobs under way come with one call; those that are not among them any more have ended.
  absl::Status Refresh() {
    v1::ListJobsRequest request;
    for (const v1::JobState state :
         {v1::JOB_STATE_QUEUED, v1::JOB_STATE_RUNNING, v1::JOB_STATE_CANCELLING}) {
      request.add_states(state);
    }
    FOVEA_ASSIGN_OR_RETURN(
        const v1::ListJobsResponse listed,
        CallPages(*connection_, connection_->training(), &Training::ListJobs, request,
                  [](v1::ListJobsResponse* page) { return page->mutable_jobs(); }));
    std::map<std::string, const v1::Job*> active;
    for (const v1::Job& job : listed.jobs()) active[job.name()] = &job;
    for (ExperimentRun& run : state_.runs) {
      FOVEA_RETURN_IF_ERROR(Update(active, &run.training));
      FOVEA_RETURN_IF_ERROR(Update(active, &run.evaluation_job));
    }
    return absl::OkStatus();
  }

  absl::Status Update(const std::map<std::string, const v1::Job*>& active, v1::Job* job) {
    if (!IsSubmitted(*job) || HasEnded(*job)) return absl::OkStatus();
    const auto found = active.find(job->name());
    if (found != active.end()) {
      *job = *found->second;
      return absl::OkStatus();
    }
    v1::GetJobRequest request;
    request.set_name(job->name());
    FOVEA_ASSIGN_OR_RETURN(*job,
                           Call(*connection_, connection_->training(), &Training::GetJob, request));
    return absl::OkStatus();
  }

  absl::Status SubmitEvaluations() {
    for (ExperimentRun& run : state_.runs) {
      if (run.training.state() != v1::JOB_STATE_SUCCEEDED || !IsWanted(run.evaluation_job))
        continue;
      v1::EvaluateRequest request;
      *request.mutable_spec() = EvaluationOf(plan_, run);
      const std::string hash = SpecHash(request.spec());
      if (!retried_.insert(run.hash + hash).second) continue;
      request.set_request_id(ToRequestId({.experiment = plan_.name,
                                          .run = run.hash,
                                          .attempt = run.evaluation_attempt + 1,
                                          .label = "",
                                          .evaluation = hash}));
      const auto job =
          Call(*connection_, connection_->evaluations(), &Evaluations::Evaluate, request);
      if (!job.ok()) {
        retried_.erase(run.hash + hash);
        return Annotate(job.status(), absl::StrCat("evaluation of ", run.label));
      }
      run.evaluation_job = *job;
      ++run.evaluation_attempt;
    }
    return absl::OkStatus();
  }

  bool IsOver() const {
    return std::all_of(state_.runs.begin(), state_.runs.end(), [this](const ExperimentRun& run) {
      if (!IsSubmitted(run.training) || !HasEnded(run.training)) return false;
      const bool wants = plan_.evaluate && run.training.state() == v1::JOB_STATE_SUCCEEDED;
      return !wants || HasEnded(run.evaluation_job);
    });
  }

  // False when it is too late, at an interrupt, and for errors that stay.
  bool WaitToReconnect(const absl::Status& status) {
    if (!absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status)) return false;
    const absl::Time now = absl::Now();
    if (lost_since_ == absl::InfinitePast()) {
      lost_since_ = now;
      view_.Notice(absl::StrCat("connection to ", session_.options.server,
                                " lost; trying again for ", absl::FormatDuration(kReconnectFor)));
    }
    return now - lost_since_ < kReconnectFor && interrupts_.WaitFor(kReconnectPause);
  }

  CommandResult Finish() {
    view_.Show(state_);
    view_.Stop();
    FOVEA_RETURN_IF_ERROR(FetchEvaluations(connection_, &state_));
    WriteOut(session_.options.json ? ExperimentJson(state_)
                                   : RenderResults(state_, session_.terminal.out));
    ExitCode code = ExitCode::kOk;
    int lost = 0;
    for (const ExperimentRun& run : state_.runs) {
      for (const v1::Job* job : {&run.training, &run.evaluation_job}) {
        if (!IsLost(*job)) continue;
        ++lost;
        Note(absl::StrCat(run.label, ": ", RunLine(run)));
        const bool failed = job->state() == v1::JOB_STATE_FAILED;
        if (failed || code == ExitCode::kOk) {
          code = failed ? ExitCode::kJobFailed : ExitCode::kJobCancelled;
        }
      }
    }
    if (lost > 0) Note(absl::StrCat("try those again with: ", options_.resume, " --retry-failed"));
    return code;
  }

  ExitCode Detach() {
    view_.Stop();
    Note(absl::StrCat("detached; the jobs go on (", DescribeCounts(state_), "). Go on with:\n  ",
                      options_.resume, "\nor end them with:\n  fovea experiment cancel ",
                      plan_.name));
    return ExitCode::kInterrupted;
  }

  const Session& session_;
  Connection* const connection_;
  const ExperimentPlan& plan_;
  const RunnerOptions& options_;
  ExperimentView view_;
  Interrupts interrupts_;
  ExperimentState state_;
  std::set<std::string> retried_;  // What this call has submitted: tried once each.
  absl::Time lost_since_ = absl::InfinitePast();
};

}  // namespace

CommandResult RunExperiment(const Session& session, Connection* connection,
                            const ExperimentPlan& plan, const RunnerOptions& options) {
  return Runner(session, connection, plan, options).Run();
}

absl::StatusOr<std::vector<v1::Job>> ListAllJobs(Connection* connection) {
  FOVEA_ASSIGN_OR_RETURN(
      v1::ListJobsResponse response,
      CallPages(*connection, connection->training(), &Training::ListJobs, v1::ListJobsRequest(),
                [](v1::ListJobsResponse* page) { return page->mutable_jobs(); }));
  return std::vector<v1::Job>(std::make_move_iterator(response.mutable_jobs()->begin()),
                              std::make_move_iterator(response.mutable_jobs()->end()));
}

absl::Status FetchEvaluations(Connection* connection, ExperimentState* state) {
  for (ExperimentRun& run : state->runs) {
    const std::string& name = run.evaluation_job.result().evaluation();
    if (name.empty() || run.evaluation.name() == name) continue;
    v1::GetEvaluationRequest request;
    request.set_name(name);
    auto found = Call(*connection, connection->evaluations(), &Evaluations::GetEvaluation, request);
    if (absl::IsNotFound(found.status())) continue;  // Deleted since.
    FOVEA_RETURN_IF_ERROR(found.status());
    run.evaluation = *std::move(found);
  }
  return absl::OkStatus();
}

absl::StatusOr<int> CancelExperiment(Connection* connection, const ExperimentState& state) {
  int cancelled = 0;
  for (const ExperimentRun& run : state.runs) {
    for (const v1::Job* job : {&run.training, &run.evaluation_job}) {
      if (!IsSubmitted(*job) || HasEnded(*job)) continue;
      v1::CancelJobRequest request;
      request.set_name(job->name());
      FOVEA_RETURN_IF_ERROR(
          Call(*connection, connection->training(), &Training::CancelJob, request).status());
      ++cancelled;
    }
  }
  return cancelled;
}

}  // namespace fovea::client
