// Waits for what nothing announces: the state of another process, or a server's clean-up.
#pragma once

#include <poll.h>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace fovea {

// Looks at `condition` every few milliseconds; false when it does not hold within `timeout`.
template <typename Condition>
bool AwaitCondition(Condition condition, absl::Duration timeout = absl::Seconds(60)) {
  const absl::Time deadline = absl::Now() + timeout;
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    poll(nullptr, 0, 10);
  }
  return true;
}

}  // namespace fovea
