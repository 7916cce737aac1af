#include "server/serving/work_counts.h"

#include "common/base/clock.h"

namespace fovea {
namespace {

void EndWaiting(ServingStatistics* statistics, WorkItem& item) {
  if (item.counted_as_waiting == nullptr) return;
  statistics->PendingChanged(*item.counted_as_waiting, item.kind(), -1);
  item.counted_as_waiting = nullptr;
}

}  // namespace

void CountWaiting(ServingStatistics* statistics, WorkItem& item) {
  const ServedModelHandle& served = item.result.served;
  if (statistics == nullptr || served == nullptr || item.counted_as_waiting != nullptr) return;
  item.counted_as_waiting = served;
  statistics->PendingChanged(*served, item.kind(), 1);
}

void CountStarted(ServingStatistics* statistics, const std::vector<WorkItemPtr>& items) {
  for (const WorkItemPtr& item : items) EndWaiting(statistics, *item);
}

void CountBatch(ServingStatistics* statistics, const std::vector<WorkItemPtr>& items,
                absl::Duration inference) {
  if (statistics == nullptr) return;
  for (const InputKind kind : {InputKind::kTensor, InputKind::kImage}) {
    int inputs = 0;
    absl::Duration prepared;
    for (const WorkItemPtr& item : items) {
      if (item->kind() != kind) continue;
      ++inputs;
      prepared += item->result.decode + item->result.preprocess;
    }
    if (inputs == 0) continue;
    statistics->BatchDone(*items[0]->result.served, kind, inputs, prepared, inference);
  }
}

void CountFinished(ServingStatistics* statistics, WorkItem& item,
                   const absl::StatusOr<Classification>& result) {
  if (statistics == nullptr) return;
  EndWaiting(statistics, item);
  const ServedModelHandle& served = result.ok() ? result->served : item.result.served;
  if (item.task.part_of_request || served == nullptr) return;
  if (!result.ok()) {
    statistics->RequestFailed(*served, item.kind(), result.status().code(),
                              MonotonicNow() - item.arrived);
    return;
  }
  statistics->RequestDone(*served, item.kind(),
                          {result->total, result->queue, result->decode + result->preprocess,
                           result->inference, absl::ZeroDuration()});
}

}  // namespace fovea
