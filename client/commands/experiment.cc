// fovea experiment: many trainings as one thing, described by a TOML file.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/command.h"
#include "client/connection.h"
#include "client/experiment/plan.h"
#include "client/experiment/runner.h"
#include "client/experiment/state.h"
#include "client/experiment/summary.h"
#include "client/report.h"
#include "client/report/data.h"
#include "client/report/page.h"
#include "common/base/file.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

struct PlanFlags {
  std::string experiment;  // A file, or the name of an experiment of the server.
  PlanOverrides overrides;
};

struct RunFlags {
  PlanFlags plan;
  bool dry_run = false;
  bool retry_failed = false;
  bool cancel = false;
};

bool IsFile(const std::string& experiment) {
  return absl::EndsWith(experiment, ".toml") || absl::StrContains(experiment, "/");
}

// A word of a command line as a shell takes it.
std::string Quoted(const std::string& word) {
  if (word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "-_./=,:") == std::string::npos) {
    return word;
  }
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string CommandLine(const std::string& verb, const PlanFlags& flags) {
  std::string line = absl::StrCat("fovea experiment ", verb, " ", Quoted(flags.experiment));
  for (const std::string& set : flags.overrides.set) {
    absl::StrAppend(&line, " --set ", Quoted(set));
  }
  for (const std::string& only : flags.overrides.only) {
    absl::StrAppend(&line, " --only ", Quoted(only));
  }
  if (!flags.overrides.name.empty()) absl::StrAppend(&line, " --name ", flags.overrides.name);
  return line;
}

// Of a file, the runs that it describes; of a name, all that the server has.
absl::StatusOr<ExperimentState> FindState(const PlanFlags& flags, Connection* connection) {
  if (IsFile(flags.experiment)) {
    FOVEA_ASSIGN_OR_RETURN(const ExperimentPlan plan, LoadPlan(flags.experiment, flags.overrides));
    FOVEA_ASSIGN_OR_RETURN(const std::vector<v1::Job> jobs, ListAllJobs(connection));
    return StateOfPlan(plan, jobs);
  }
  FOVEA_ASSIGN_OR_RETURN(const std::vector<v1::Job> jobs, ListAllJobs(connection));
  std::map<std::string, ExperimentState> experiments = FindExperiments(jobs);
  const auto found = experiments.find(flags.experiment);
  if (found != experiments.end()) return std::move(found->second);
  return absl::NotFoundError(absl::StrCat("there is no experiment ", flags.experiment,
                                          "; `fovea experiment list` shows what there is"));
}

CommandResult Cancel(const PlanFlags& flags, const Session& session) {
  Connection connection(session.options);
  FOVEA_ASSIGN_OR_RETURN(const ExperimentState state, FindState(flags, &connection));
  FOVEA_ASSIGN_OR_RETURN(const int cancelled, CancelExperiment(&connection, state));
  Note(cancelled == 0 ? absl::StrCat("no job of ", state.name, " is under way")
                      : absl::StrCat("asked ", cancelled, cancelled == 1 ? " job" : " jobs", " of ",
                                     state.name, " to stop"));
  return ExitCode::kOk;
}

CommandResult Run(const RunFlags& flags, const Session& session) {
  if (flags.cancel) return Cancel(flags.plan, session);
  FOVEA_ASSIGN_OR_RETURN(const ExperimentPlan plan,
                         LoadPlan(flags.plan.experiment, flags.plan.overrides));
  if (flags.dry_run) {
    WriteOut(RenderPlan(plan, session.terminal.out));
    return ExitCode::kOk;
  }
  Connection connection(session.options);
  return RunExperiment(
      session, &connection, plan,
      {.retry_failed = flags.retry_failed, .resume = CommandLine("run", flags.plan)});
}

CommandResult Get(const PlanFlags& flags, const Session& session) {
  Connection connection(session.options);
  FOVEA_ASSIGN_OR_RETURN(ExperimentState state, FindState(flags, &connection));
  FOVEA_RETURN_IF_ERROR(FetchEvaluations(&connection, &state));
  WriteOut(session.options.json ? ExperimentJson(state)
                                : absl::StrCat(RenderResults(state, session.terminal.out),
                                               DescribeCounts(state), "\n"));
  return ExitCode::kOk;
}

CommandResult Report(const PlanFlags& flags, const std::string& dir, const Session& session) {
  Connection connection(session.options);
  FOVEA_ASSIGN_OR_RETURN(ExperimentState state, FindState(flags, &connection));
  FOVEA_RETURN_IF_ERROR(FetchEvaluations(&connection, &state));
  FOVEA_ASSIGN_OR_RETURN(const ReportData data, FetchReport(&connection, state));
  FOVEA_RETURN_IF_ERROR(WriteReport(data, dir));
  WriteOut(absl::StrCat(JoinPath(dir, "index.html"), "\n"));
  return ExitCode::kOk;
}

CommandResult List(const Session& session) {
  Connection connection(session.options);
  FOVEA_ASSIGN_OR_RETURN(const std::vector<v1::Job> jobs, ListAllJobs(&connection));
  const std::map<std::string, ExperimentState> experiments = FindExperiments(jobs);
  WriteOut(session.options.json ? ExperimentsJson(experiments)
                                : RenderExperiments(experiments, session.terminal.out));
  return ExitCode::kOk;
}

void AddPlanOptions(CLI::App* command, const std::string& name, const std::string& what,
                    PlanFlags* flags) {
  command->add_option(name, flags->experiment, what)->required();
  command
      ->add_option("--set", flags->overrides.set,
                   "Change a field of every run, over the file; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command
      ->add_option("--only", flags->overrides.only,
                   "Only the runs of the file with this in their label; may be repeated")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  command->add_option("--name", flags->overrides.name, "Another name than the file's")
      ->type_name("NAME");
}

void AddRun(CLI::App* group, Session* session) {
  auto flags = std::make_shared<RunFlags>();
  CLI::App* command = AddCommand(
      group, "run",
      "Train and evaluate what a file describes; run again, it goes on where it was. Ctrl-C leaves "
      "the jobs running",
      "fovea experiment run deploy/experiments/reference.toml --dry-run\n"
      "fovea experiment run deploy/experiments/reference.toml --set dataset=eyes\n"
      "fovea experiment run reference.toml --name small --set recipe.epochs=2 --set seeds=[0]\n"
      "fovea experiment run reference.toml --retry-failed",
      session, [flags, session] { return Run(*flags, *session); });
  AddPlanOptions(command, "FILE", "The experiment, TOML", &flags->plan);
  command->add_flag("--dry-run", flags->dry_run, "Only show the runs; needs no server");
  command->add_flag("--retry-failed", flags->retry_failed,
                    "Try again what failed or was cancelled");
  command->add_flag("--cancel", flags->cancel, "Ask all its jobs to stop");
}

void AddOfPlan(CLI::App* group, const std::string& verb, const std::string& description,
               const std::string& examples, Session* session,
               CommandResult (*run)(const PlanFlags&, const Session&)) {
  auto flags = std::make_shared<PlanFlags>();
  CLI::App* command = AddCommand(group, verb, description, examples, session,
                                 [flags, session, run] { return run(*flags, *session); });
  AddPlanOptions(command, "NAME|FILE", "All runs of that name, or those that a file describes",
                 flags.get());
}

void AddReport(CLI::App* group, Session* session) {
  auto flags = std::make_shared<PlanFlags>();
  auto dir = std::make_shared<std::string>();
  CLI::App* command = AddCommand(
      group, "report", "Write a page with tables and figures of an experiment; needs gnuplot",
      "fovea experiment report reference -o reference-report\n"
      "fovea experiment report deploy/experiments/reference.toml -o reference-report",
      session, [flags, dir, session] { return Report(*flags, *dir, *session); });
  AddPlanOptions(command, "NAME|FILE", "All runs of that name, or those that a file describes",
                 flags.get());
  AddReportFolder(command, dir.get());
}

}  // namespace

void AddReportFolder(CLI::App* command, std::string* dir) {
  command->add_option("-o,--dir", *dir, "Folder that gets index.html, and figures as SVG and PNG")
      ->type_name("DIR")
      ->required();
}

void AddExperimentCommands(CLI::App* app, Session* session) {
  CLI::App* group = AddGroup(app, "experiment", "Many trainings that are compared");
  AddRun(group, session);
  AddCommand(group, "list", "List the experiments of the server", "fovea experiment list", session,
             [session] { return List(*session); });
  AddOfPlan(group, "get", "Show the runs of an experiment and what came out",
            "fovea experiment get reference\nfovea experiment get reference.toml -o json", session,
            Get);
  AddOfPlan(group, "cancel", "Ask all jobs of an experiment to stop",
            "fovea experiment cancel reference", session, Cancel);
  AddReport(group, session);
}

}  // namespace fovea::client
