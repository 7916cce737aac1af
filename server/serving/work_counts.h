// Where the engine's work enters the statistics.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/serving/statistics.h"
#include "server/serving/work_item.h"

namespace fovea {

// All are thread-safe for items that the caller owns. Without statistics (null) they do nothing.

// The item waits for inference: once its version is known, it is pending until it is in a batch
// that starts, or finished.
void CountWaiting(ServingStatistics* statistics, WorkItem& item);

// A batch starts.
void CountStarted(ServingStatistics* statistics, const std::vector<WorkItemPtr>& items);

// A batch, all of one version, was inferred in so long.
void CountBatch(ServingStatistics* statistics, const std::vector<WorkItemPtr>& items,
                absl::Duration inference);

// The item is answered. One that is part of a request is counted by whoever has the whole.
void CountFinished(ServingStatistics* statistics, WorkItem& item,
                   const absl::StatusOr<Classification>& result);

}  // namespace fovea
