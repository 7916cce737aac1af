// fovea job: makes, lists, watches and ends training jobs.
#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "client/command.h"
#include "client/commands/job_spec.h"
#include "client/connection.h"
#include "client/display/epoch_table.h"
#include "client/display/format.h"
#include "client/display/table.h"
#include "client/report.h"
#include "client/report/data.h"
#include "client/report/page.h"
#include "client/short_names.h"
#include "client/watch/view.h"
#include "client/watch/watch.h"
#include "common/base/file.h"
#include "common/base/names.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

using Training = v1::TrainingService::StubInterface;

struct CreateFlags {
  JobSpecFlags spec;
  std::string request_id;
  bool validate_only = false;
  bool watch = false;
};

struct WatchFlags {
  std::string name;
  int64_t from_sequence = 1;
  std::string reconnect_for = "10m";
};

std::string EpochText(const v1::Job& job) {
  if (job.has_evaluation()) return "-";
  const int epochs = job.spec().recipe().epochs();
  const int done = job.last_epoch().epoch();
  return absl::StrCat(done, "/", epochs);
}

std::string AccuracyText(const v1::Job& job) {
  if (job.has_result()) return FormatFixed(job.result().best_test_accuracy(), 4);
  return job.has_last_epoch() ? FormatFixed(job.last_epoch().test().accuracy(), 4) : "-";
}

std::string StateText(const v1::Job& job) {
  const std::string state = StateName(job.state());
  return job.queue_position() > 0 ? absl::StrCat(state, " (", job.queue_position(), ")") : state;
}

std::string RenderJobs(const v1::ListJobsResponse& response, const Style& style) {
  Table table({"NAME", "STATE", "DATASET", ">EPOCH", ">ACCURACY", ">BASELINE", "CREATED",
               "MODEL"});
  for (const v1::Job& job : response.jobs()) {
    const bool measured = job.has_last_epoch() || job.has_result();
    const double baseline = job.has_result() ? job.result().majority_baseline()
                                             : job.last_epoch().majority_baseline();
    table.AddRow({job.name(), StateText(job), job.spec().dataset(), EpochText(job),
                  AccuracyText(job), measured ? FormatFixed(baseline, 4) : "-",
                  FormatTime(job.create_time()), job.result().model_version()});
  }
  return table.Render(style);
}

std::string RenderJob(const v1::Job& job, const Style& style) {
  std::string text = RenderFields(
      {{"name", job.name()},
       {"state", StateText(job)},
       {"what", DescribeJob(job)},
       {"model", job.has_evaluation() ? "" : job.spec().model_id()},
       {"seed", absl::StrCat(job.spec().seed())},
       {"threads", absl::StrCat(job.spec().threads())},
       {"attempt", absl::StrCat(job.attempt(), " of ", job.spec().max_attempts())},
       {"created", FormatTime(job.create_time())},
       {"started", FormatTime(job.start_time())},
       {"ended", FormatTime(job.end_time())},
       {"last event", absl::StrCat(job.last_sequence())},
       {"last epoch", job.has_last_epoch() ? EpochLine(job.last_epoch()) : ""},
       {"error", job.error()}},
      style);
  if (job.has_result()) {
    v1::JobFinished finished;
    finished.set_state(v1::JOB_STATE_SUCCEEDED);
    *finished.mutable_result() = job.result();
    absl::StrAppend(&text, DescribeFinish(finished, job.spec().recipe().best_epoch(), style.utf8),
                    "\n");
  }
  return text;
}

ExitCode ShowJob(const v1::Job& job, const Session& session) {
  WriteOut(session.options.json ? ToJsonText(job) : RenderJob(job, session.terminal.out));
  return ExitCode::kOk;
}

// The request id makes the call safe to repeat when the answer was lost.
absl::StatusOr<v1::Job> CreateWithRetries(const Connection& connection, Training* training,
                                          const v1::CreateJobRequest& request) {
  constexpr int kTries = 3;
  absl::StatusOr<v1::Job> job = absl::UnknownError("");
  for (int attempt = 1; attempt <= kTries; ++attempt) {
    job = Call(connection, training, &Training::CreateJob, request);
    if (job.ok() || !absl::IsUnavailable(job.status()) || IsUnreachable(job.status())) break;
    if (attempt < kTries) absl::SleepFor(absl::Milliseconds(200) * attempt);
  }
  return job;
}

CommandResult CreateJob(const CreateFlags& flags, const Session& session) {
  v1::CreateJobRequest request;
  FOVEA_ASSIGN_OR_RETURN(*request.mutable_spec(), flags.spec.Build());
  if (request.spec().dataset().empty()) {
    return ReportUsage("--dataset is required: name the data set to train with",
                       "fovea job create", session);
  }
  request.set_request_id(flags.request_id.empty() ? MakeSecret() : flags.request_id);
  request.set_validate_only(flags.validate_only);
  Connection connection(session.options);
  FOVEA_ASSIGN_OR_RETURN(const v1::Job job,
                         CreateWithRetries(connection, connection.training(), request));
  if (flags.validate_only) {
    Note("the request is valid; no job was made");
    return ShowJob(job, session);
  }
  if (flags.watch) {
    Note(absl::StrCat("created ", job.name()));
    return WatchJob(session, &connection, {.name = job.name()});
  }
  if (session.options.json) return ShowJob(job, session);
  WriteOut(absl::StrCat(job.name(), "\n"));
  Note(absl::StrCat("watch it: fovea job watch ", job.name()));
  return ExitCode::kOk;
}

void AddCreate(CLI::App* group, Session* session) {
  auto flags = std::make_shared<CreateFlags>();
  CLI::App* command = AddCommand(
      group, "create", "Start a training job",
      "fovea job create --dataset eyes --watch\n"
      "fovea job create --dataset eyes --arch resnet50 --init imagenet --model-id dr-large\n"
      "fovea job create --dataset eyes --epochs 5 --head-epochs 2 --class-weighting none\n"
      "fovea job create --spec job.json --seed 7 --validate-only -o json",
      session, [flags, session] { return CreateJob(*flags, *session); });
  flags->spec.AddTo(command);
  command
      ->add_option("--request-id", flags->request_id,
                   "A used one gives the job that it made (default: a new one)")
      ->type_name("ID");
  command->add_flag("--validate-only", flags->validate_only,
                    "Only check, and show the job that would be made");
  command->add_flag("--watch", flags->watch, "Watch the job to its end");
}

void AddWatch(CLI::App* group, Session* session) {
  auto flags = std::make_shared<WatchFlags>();
  const auto run = [flags, session]() -> CommandResult {
    WatchOptions options;
    options.name = FullJobName(flags->name);
    options.from_sequence = flags->from_sequence;
    if (flags->reconnect_for == "0") {
      options.reconnect_for = absl::ZeroDuration();
    } else {
      ParseSeconds(flags->reconnect_for, &options.reconnect_for);
    }
    Connection connection(session->options);
    return WatchJob(*session, &connection, options);
  };
  CLI::App* command = AddCommand(
      group, "watch",
      "Follow a job to its end; Ctrl-C leaves it running. The exit code says how it ended",
      "fovea job watch j-20261124-8f3k2m9q\n"
      "fovea job watch jobs/j-20261124-8f3k2m9q --from-sequence 120\n"
      "fovea job watch j-20261124-8f3k2m9q -o json | jq .epoch_finished",
      session, run);
  command->add_option("NAME", flags->name, "The job")->required();
  command
      ->add_option("--from-sequence", flags->from_sequence,
                   "First event wanted (default 1: from the beginning)")
      ->type_name("N")
      ->check(NotNegative());
  command
      ->add_option("--reconnect-for", flags->reconnect_for,
                   "How long to try again when the server has gone, 0 for not (default 10m)")
      ->type_name("")
      ->check(CLI::IsMember({"0"}) | DurationValidator());
}

void AddReport(CLI::App* group, Session* session) {
  auto name = std::make_shared<std::string>();
  auto dir = std::make_shared<std::string>();
  const auto run = [name, dir, session]() -> CommandResult {
    Connection connection(session->options);
    FOVEA_ASSIGN_OR_RETURN(const ReportData data, FetchReport(&connection, FullJobName(*name)));
    FOVEA_RETURN_IF_ERROR(WriteReport(data, *dir));
    WriteOut(absl::StrCat(JoinPath(*dir, "index.html"), "\n"));
    return ExitCode::kOk;
  };
  CLI::App* command = AddCommand(
      group, "report", "Write a page with tables and figures of a training job; needs gnuplot",
      "fovea job report j-20261124-8f3k2m9q -o report", session, run);
  command->add_option("NAME", *name, "The job")->required();
  AddReportFolder(command, dir.get());
}

v1::JobState StateOf(const std::string& name) {
  v1::JobState state = v1::JOB_STATE_UNSPECIFIED;
  v1::JobState_Parse(absl::StrCat("JOB_STATE_", absl::AsciiStrToUpper(name)), &state);
  return state;
}

void AddList(CLI::App* group, Session* session) {
  auto states = std::make_shared<std::vector<std::string>>();
  const auto run = [states, session]() -> CommandResult {
    Connection connection(session->options);
    v1::ListJobsRequest request;
    for (const std::string& state : *states) request.add_states(StateOf(state));
    FOVEA_ASSIGN_OR_RETURN(
        const v1::ListJobsResponse response,
        CallPages(connection, connection.training(), &Training::ListJobs, request,
                  [](v1::ListJobsResponse* page) { return page->mutable_jobs(); }));
    WriteOut(session->options.json ? ToJsonText(response)
                                   : RenderJobs(response, session->terminal.out));
    return ExitCode::kOk;
  };
  CLI::App* command = AddCommand(group, "list", "List jobs, newest first",
                                 "fovea job list\n"
                                 "fovea job list --state running --state queued",
                                 session, run);
  command->add_option("--state", *states, "Only jobs in this state; may be repeated")
      ->type_name("")
      ->allow_extra_args(false)
      ->check(CLI::IsMember(
          {"queued", "running", "cancelling", "succeeded", "failed", "cancelled"}));
}

// get, cancel and delete: one name, one call.
template <typename Request, typename Response, typename Show>
void AddNamed(CLI::App* group, const std::string& verb, const std::string& description,
              const std::string& example, Session* session,
              grpc::Status (Training::*method)(grpc::ClientContext*, const Request&, Response*),
              Show show) {
  auto name = std::make_shared<std::string>();
  const auto run = [name, session, method, show]() -> CommandResult {
    Connection connection(session->options);
    Request request;
    request.set_name(FullJobName(*name));
    FOVEA_ASSIGN_OR_RETURN(const Response response,
                           Call(connection, connection.training(), method, request));
    return show(response, request.name(), *session);
  };
  CLI::App* command = AddCommand(group, verb, description, example, session, run);
  command->add_option("NAME", *name, "The job")->required();
}

}  // namespace

void AddJobCommands(CLI::App* app, Session* session) {
  CLI::App* group = AddGroup(app, "job", "Training jobs");
  AddCreate(group, session);
  AddList(group, session);
  const auto show = [](const v1::Job& job, const std::string&, const Session& current) {
    return ShowJob(job, current);
  };
  AddNamed<v1::GetJobRequest, v1::Job>(group, "get", "Show a job",
                                       "fovea job get j-20261124-8f3k2m9q -o json", session,
                                       &Training::GetJob, show);
  AddWatch(group, session);
  AddReport(group, session);
  AddNamed<v1::CancelJobRequest, v1::Job>(
      group, "cancel", "Ask a job to stop", "fovea job cancel j-20261124-8f3k2m9q", session,
      &Training::CancelJob,
      [](const v1::Job& job, const std::string&, const Session& current) {
        if (current.options.json) return ShowJob(job, current);
        Note(absl::StrCat(job.name(), " is ", StateName(job.state())));
        return ExitCode::kOk;
      });
  AddNamed<v1::DeleteJobRequest, google::protobuf::Empty>(
      group, "delete", "Remove a job that has ended; its model version stays",
      "fovea job delete j-20261124-8f3k2m9q", session, &Training::DeleteJob,
      [](const google::protobuf::Empty&, const std::string& name, const Session&) {
        Note(absl::StrCat("deleted ", name));
        return ExitCode::kOk;
      });
}

}  // namespace fovea::client
