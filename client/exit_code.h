// The exit codes of `fovea`, and how the status of a call becomes one.
#pragma once

#include "absl/status/status.h"

namespace fovea::client {

enum class ExitCode {
  kOk = 0,
  kError = 1,
  kUsage = 2,            // The command line or the configuration file is wrong.
  kUnreachable = 3,      // No server, or it is not available.
  kDeadline = 4,         // No answer within --timeout.
  kNotFound = 5,         // No such data set, job, model or version.
  kJobFailed = 6,        // The watched job FAILED.
  kPartlyFailed = 7,     // Some photographs could not be classified.
  kJobCancelled = 8,     // The watched job was CANCELLED.
  kPermission = 9,       // Unauthenticated, or not allowed.
  kInterrupted = 130,    // Ctrl-C; a watched job lives on, a push can be resumed.
};

// What `fovea --help` says about them.
inline constexpr char kExitCodeHelp[] =
    "Exit codes:\n"
    "  0 ok               1 error            2 wrong usage     3 server unreachable\n"
    "  4 timed out        5 not found        6 job failed      7 partly failed\n"
    "  8 job cancelled    9 not permitted    130 interrupted (Ctrl-C)";

inline ExitCode ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return ExitCode::kOk;
    case absl::StatusCode::kUnavailable:
      return ExitCode::kUnreachable;
    case absl::StatusCode::kDeadlineExceeded:
      return ExitCode::kDeadline;
    case absl::StatusCode::kNotFound:
      return ExitCode::kNotFound;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return ExitCode::kPermission;
    default:
      return ExitCode::kError;
  }
}

}  // namespace fovea::client
