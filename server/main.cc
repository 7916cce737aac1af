// fovead: see --help, and server/app/server.h for what it is made of.
#include <pthread.h>
#include <signal.h>

#include <cstdio>
#include <cstring>
#include <memory>

#include "common/base/log.h"
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

}  // namespace

int main(int argc, char** argv) {
  fovea::ServerOptions options;
  int exit_code = 0;
  if (!fovea::ParseCommandLine(argc, argv, &options, &exit_code)) return exit_code;

  fovea::LogOptions log;
  fovea::ParseLogLevel(options.log_level, &log.level);
  log.format = options.log_format == "json" ? fovea::LogFormat::kJson : fovea::LogFormat::kText;
  fovea::InitLogging(log);

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
  (*server)->Shutdown();
  server->reset();
  fovea::Log(fovea::LogLevel::kInfo, "stopped");
  return 0;
}
