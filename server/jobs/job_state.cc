#include "server/jobs/job_state.h"

#include "absl/strings/str_cat.h"

namespace fovea {
namespace {

constexpr unsigned Bit(v1::JobState state) { return 1u << state; }

// The states that may follow `from`, as bits.
unsigned Successors(v1::JobState from) {
  switch (from) {
    case v1::JOB_STATE_UNSPECIFIED: return Bit(v1::JOB_STATE_QUEUED);
    case v1::JOB_STATE_QUEUED: return Bit(v1::JOB_STATE_RUNNING) | Bit(v1::JOB_STATE_CANCELLED);
    case v1::JOB_STATE_RUNNING:
      return Bit(v1::JOB_STATE_SUCCEEDED) | Bit(v1::JOB_STATE_FAILED) |
             Bit(v1::JOB_STATE_CANCELLED) | Bit(v1::JOB_STATE_CANCELLING) |
             Bit(v1::JOB_STATE_QUEUED);
    case v1::JOB_STATE_CANCELLING: return Bit(v1::JOB_STATE_CANCELLED);
    default: return 0;
  }
}

}  // namespace

absl::Status CheckTransition(v1::JobState from, v1::JobState to) {
  if (v1::JobState_IsValid(to) && (Successors(from) & Bit(to)) != 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("a job that is ", StateName(from), " cannot become ", StateName(to)));
}

bool IsTerminal(v1::JobState state) {
  return state == v1::JOB_STATE_SUCCEEDED || state == v1::JOB_STATE_FAILED ||
         state == v1::JOB_STATE_CANCELLED;
}

absl::string_view StateName(v1::JobState state) {
  switch (state) {
    case v1::JOB_STATE_QUEUED: return "queued";
    case v1::JOB_STATE_RUNNING: return "running";
    case v1::JOB_STATE_CANCELLING: return "cancelling";
    case v1::JOB_STATE_SUCCEEDED: return "succeeded";
    case v1::JOB_STATE_FAILED: return "failed";
    case v1::JOB_STATE_CANCELLED: return "cancelled";
    default: return "unspecified";
  }
}

}  // namespace fovea
