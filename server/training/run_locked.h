// What every attempt needs around its work.
#pragma once

#include <functional>

#include "absl/status/statusor.h"
#include "server/training/attempt.h"

namespace fovea {

// Runs `body` while nobody else works in the attempt's job_dir, and says what its result means: a
// CANCELLED that `stop` asked for is cancelled or drained, every other error and every exception is a
// failure. The tensor library has one thread when `body` begins. `body` runs on the calling thread.
Outcome RunLocked(const Attempt& attempt, const StopSignal& stop,
                  const std::function<absl::StatusOr<AttemptResult>()>& body);

}  // namespace fovea
