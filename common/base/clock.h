// Time that does not jump when the wall clock is set.
#pragma once

#include <ctime>

#include "absl/time/time.h"

namespace fovea {

// Since some fixed moment, by CLOCK_MONOTONIC. For durations; wall-clock times are absl::Now().
inline absl::Duration MonotonicNow() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return absl::DurationFromTimespec(now);
}

}  // namespace fovea
