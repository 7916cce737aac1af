// Starting the trainer's process.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/jobs/process.h"

namespace fovea {

struct SpawnSpec {
  std::string program;             // Path of the executable.
  std::vector<std::string> args;   // Without the program's own name.
  std::string dir;                 // Where it runs.
  std::string log_path;            // Standard output and error are appended here.
};

// Starts a program in a process group of its own within this session, so that the scheduler weighs
// it together with the server (sched_autogroup), with no open descriptors but the standard ones,
// with signals as they are by default, and as the first choice when memory runs out.
//
// The program runs only after `record` has returned OK: a process that is not on record never
// does any work, even if this one is killed in between. Errors of `record` are returned; a program
// that cannot be executed is INVALID_ARGUMENT or NOT_FOUND with its path.
absl::StatusOr<Process> Spawn(const SpawnSpec& spec,
                              const std::function<absl::Status(const ProcessId&)>& record);

}  // namespace fovea
