// What one run of `fovea` carries: the global options and the command that was chosen.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/display/terminal.h"
#include "client/exit_code.h"

namespace fovea::client {

// The status of a command that could not do its work, or else how it ended.
using CommandResult = absl::StatusOr<ExitCode>;

// How the connection is protected. PEM texts, not file names.
struct TlsOptions {
  bool enabled = false;
  std::string ca;         // Empty: the system's.
  std::string cert, key;  // Of the caller, where the server asks for one. Both or none.
};

struct GlobalOptions {
  std::string server = "127.0.0.1:8500";
  // Unset: 30 s for calls that answer once, none for transfers, classification and watching.
  std::optional<absl::Duration> timeout;
  bool json = false;
  TlsOptions tls;
};

// Filled by the command line's parser; one a process, used from the main thread.
struct Session {
  GlobalOptions options;
  Terminal terminal;
  // The command to run, set by the parser.
  std::function<CommandResult()> command;
};

}  // namespace fovea::client
