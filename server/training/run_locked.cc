#include "server/training/run_locked.h"

#include <exception>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/torch/torch.h"
#include "server/training/cache_file.h"

namespace fovea {
namespace {

// How long an attempt waits for the one before, which may be about to notice that it was replaced.
constexpr absl::Duration kLockTimeout = absl::Seconds(30);

absl::StatusOr<FileDescriptor> LockJob(const std::string& job_dir, const StopSignal& stop) {
  FOVEA_RETURN_IF_ERROR(MakeDirs(job_dir));
  const std::string path = JoinPath(job_dir, "trainer.lock");
  for (absl::Duration waited; waited < kLockTimeout; waited += absl::Milliseconds(100)) {
    FOVEA_RETURN_IF_ERROR(stop.Check());
    FOVEA_ASSIGN_OR_RETURN(FileDescriptor lock, TryLockFile(path, LockKind::kExclusive));
    if (lock.valid()) return lock;
    absl::SleepFor(absl::Milliseconds(100));
  }
  return absl::UnavailableError(absl::StrCat(path, ": another trainer is still at this job"));
}

using Body = std::function<absl::StatusOr<AttemptResult>()>;

absl::StatusOr<AttemptResult> Guarded(const Attempt& attempt, const StopSignal& stop,
                                      const Body& body) try {
  FOVEA_ASSIGN_OR_RETURN(const FileDescriptor lock, LockJob(attempt.job_dir, stop));
  // Photographs are decoded on threads of our own, each of which resizes alone.
  at::set_num_threads(1);
  return body();
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat("training: ", error.what()));
}

}  // namespace

Outcome RunLocked(const Attempt& attempt, const StopSignal& stop,
                  const std::function<absl::StatusOr<AttemptResult>()>& body) {
  const absl::StatusOr<AttemptResult> result = Guarded(attempt, stop, body);
  Outcome outcome;
  if (result.ok()) {
    outcome.kind = Outcome::Kind::kSucceeded;
    outcome.result = *result;
  } else if (absl::IsCancelled(result.status()) && stop.requested()) {
    const bool cancel = stop.kind() == StopSignal::Kind::kCancel;
    outcome.kind = cancel ? Outcome::Kind::kCancelled : Outcome::Kind::kDrained;
  } else {
    outcome.kind = Outcome::Kind::kFailed;
    outcome.error = std::string(result.status().message());
  }
  return outcome;
}

}  // namespace fovea
