// A process of the system that is watched, whether or not it is a child of this one.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/file.h"

namespace fovea {

// Names one process for ever: numbers are used again, but not with the same start.
struct ProcessId {
  int64_t pid = 0;
  std::string start;  // Id of the system's boot, and ticks from it to the start of the process.
};

// The id of process `pid`. NOT_FOUND when there is none.
absl::StatusOr<ProcessId> IdentifyProcess(int64_t pid);

// How a process ended, for people: "exited with code 3", "was killed by signal 9 (Killed)", or
// "ended" for one that was not a child.
struct ExitReport {
  std::string text;
  int code = -1;  // Of one that exited by itself.
};

// Holds a process by a descriptor (pidfd), so that signals never reach another one. Movable, not
// copyable; not thread-safe. Destroying it leaves the process as it is.
class Process {
 public:
  // NOT_FOUND when that process no longer exists (a newer one with its number does not count).
  static absl::StatusOr<Process> Open(const ProcessId& id);

  const ProcessId& id() const { return id_; }
  // Becomes readable when the process ends.
  int poll_fd() const { return pidfd_.get(); }

  bool Ended() const;
  // Sends a signal; harmless when it has ended.
  void Signal(int signal) const;
  // Of one that has ended; frees its entry in the system's table if it was a child. Call once.
  ExitReport Reap();

 private:
  Process(ProcessId id, FileDescriptor pidfd) : id_(std::move(id)), pidfd_(std::move(pidfd)) {}

  ProcessId id_;
  FileDescriptor pidfd_;
};

}  // namespace fovea
