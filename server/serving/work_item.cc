#include "server/serving/work_item.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/clock.h"

namespace fovea {

absl::Status WorkItem::Abandoned() const {
  if (task.cancelled && task.cancelled()) {
    return absl::CancelledError("the caller cancelled the request");
  }
  if (absl::Now() >= task.deadline) {
    return absl::DeadlineExceededError("the deadline passed while the request waited");
  }
  if (MonotonicNow() - arrived > task.queue_timeout) {
    return absl::UnavailableError(
        absl::StrCat("the request waited for longer than its timeout of ",
                     absl::FormatDuration(task.queue_timeout), "; try again later"));
  }
  return absl::OkStatus();
}

}  // namespace fovea
