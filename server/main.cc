// fovead: see --help, and server/app/server.h for what it is made of.
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/log.h"
#include "server/app/grpc_log.h"
#include "server/app/options.h"
#include "server/app/server.h"

namespace {

// Signals that end the server; blocked in every thread, taken by the main one.
sigset_t StopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

// How much longer than it was given a shutdown may take: trainers that need SIGKILL do.
constexpr absl::Duration kShutdownSlack = absl::Seconds(20);

// Ends the process when the shutdown hangs, behind a slow disk or the hashing of a large folder.
// All state is safe then, as after a crash.
void LimitShutdown(absl::Duration limit) {
  std::thread([limit] {
    absl::SleepFor(limit);
    fovea::Log(fovea::LogLevel::kError, "the shutdown took too long and was cut short");
    _exit(1);
  }).detach();
}

}  // namespace

int main(int argc, char** argv) {
  fovea::ServerOptions options;
  int exit_code = 0;
  if (!fovea::ParseCommandLine(argc, argv, &options, &exit_code)) return exit_code;

  fovea::LogOptions log;
  fovea::ParseLogLevel(options.log_level, &log.level);
  log.format = options.log_format == "json" ? fovea::LogFormat::kJson : fovea::LogFormat::kText;
  fovea::InitLogging(log);
  fovea::RouteGrpcLog();

  const sigset_t stop_signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);  // Before any thread starts.
  signal(SIGPIPE, SIG_IGN);

  absl::StatusOr<std::unique_ptr<fovea::Server>> server = fovea::Server::Start(options);
  if (!server.ok()) {
    fprintf(stderr, "fovead: %s\n", std::string(server.status().message()).c_str());
    return 1;
  }
  int signal_number = 0;
  sigwait(&stop_signals, &signal_number);
  fovea::Log(fovea::LogLevel::kInfo, "shutting down", {{"signal", strsignal(signal_number)}});
  LimitShutdown(absl::Seconds(options.shutdown_seconds) + kShutdownSlack);
  (*server)->Shutdown();
  server->reset();
  fovea::Log(fovea::LogLevel::kInfo, "stopped");
  return 0;
}
