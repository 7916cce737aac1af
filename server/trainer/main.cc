// fovea-trainer: runs one attempt of one training job and reports to fovead.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "fovea/internal/v1/trainer_service.pb.h"
#include "server/convert/attempt.h"
#include "server/convert/evaluation_spec.h"
#include "server/model/threads.h"
#include "server/trainer/exit_codes.h"
#include "server/trainer/priority.h"
#include "server/trainer/reporter.h"
#include "server/trainer/stage_evaluation.h"
#include "server/training/attempt.h"
#include "server/training/evaluation_attempt.h"
#include "server/training/memory.h"

namespace fovea {
namespace {

// How long a trainer that got SIGTERM waits for its last report to be stored: a machine that shuts
// down does not wait for long.
constexpr absl::Duration kTerminatedTimeout = absl::Seconds(10);

StopSignal g_stop;
volatile std::sig_atomic_t g_terminated = 0;

void OnTerminate(int) {
  g_terminated = 1;
  g_stop.Request(StopSignal::Kind::kDrain);
}

void InstallSignals() {
  struct sigaction action = {};
  action.sa_handler = OnTerminate;
  action.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &action, nullptr);
  // Ctrl-C at a terminal, and its end, are for fovead.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
}

absl::StatusOr<internal::v1::AttemptSpec> ReadSpec(const std::string& path) {
  FOVEA_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  internal::v1::AttemptSpec spec;
  if (!spec.ParseFromString(bytes)) return FieldError(path, "is not an attempt file");
  return spec;
}

ReporterOptions MakeReporterOptions(const internal::v1::AttemptSpec& spec) {
  ReporterOptions options;
  options.server = spec.server();
  options.hello.set_job(spec.job());
  options.hello.set_attempt(spec.attempt());
  options.hello.set_lease(spec.lease());
  options.hello.set_pid(getpid());
  return options;
}

int ExitCode(const Outcome& outcome, bool acknowledged, Reporter::State state) {
  if (state == Reporter::State::kLeaseLost) return kExitLeaseLost;
  if (!acknowledged) return kExitServerLost;
  switch (outcome.kind) {
    case Outcome::Kind::kSucceeded: return kExitSucceeded;
    case Outcome::Kind::kFailed: return kExitFailed;
    case Outcome::Kind::kCancelled: return kExitCancelled;
    case Outcome::Kind::kDrained: return kExitDrained;
  }
  return kExitFailed;
}

Outcome Run(const internal::v1::AttemptSpec& spec, const Attempt& attempt, EventSink* sink) {
  if (!spec.has_evaluation()) return RunAttempt(attempt, g_stop, sink);
  const absl::StatusOr<EvaluationTask> task = EvaluationTaskFromProto(spec.evaluation());
  if (!task.ok()) return {Outcome::Kind::kFailed, std::string(task.status().message()), {}};
  return RunEvaluation(attempt, *task, g_stop, sink, [&](const EvaluatedPart& part) {
    return StageEvaluation(spec, part);
  });
}

int UsageError(const absl::Status& status) {
  Log(LogLevel::kError, std::string(status.message()));
  return kExitUsage;
}

int RunTrainer(const std::string& attempt_file) {
  const absl::StatusOr<internal::v1::AttemptSpec> spec = ReadSpec(attempt_file);
  if (!spec.ok()) return UsageError(spec.status());
  const absl::StatusOr<Attempt> attempt = AttemptFromProto(*spec);
  if (!attempt.ok()) return UsageError(Annotate(attempt.status(), attempt_file));

  InstallSignals();
  YieldToOthers();
  KeepFreedMemory();
  SetTorchThreads(attempt->options.threads);
  const ReporterOptions options = MakeReporterOptions(*spec);
  Reporter reporter(options, &g_stop);
  Log(LogLevel::kInfo, "attempt begins",
      {{"job", spec->job()}, {"attempt", absl::StrCat(spec->attempt())}});
  const Outcome outcome = Run(*spec, *attempt, &reporter);
  const bool acknowledged =
      reporter.Finish(outcome, g_terminated ? kTerminatedTimeout : options.give_up);
  const int code = ExitCode(outcome, acknowledged, reporter.state());
  Log(LogLevel::kInfo, "attempt ended",
      {{"job", spec->job()}, {"exit", absl::StrCat(code)}, {"error", outcome.error}});
  return code;
}

}  // namespace
}  // namespace fovea

int main(int argc, char** argv) {
  CLI::App app("Runs one attempt of one training job; started by fovead.", "fovea-trainer");
  app.footer(fovea::kExitCodesHelp);
  std::string attempt_file;
  app.add_option("--attempt-file", attempt_file, "The attempt.pb that fovead wrote")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : fovea::kExitUsage;
  }
  return fovea::RunTrainer(attempt_file);
}
