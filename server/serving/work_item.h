// A photograph on its way through the engine.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/model/class_maps.h"
#include "server/serving/classification.h"
#include "server/serving/input_kind.h"

namespace fovea {

// Owned by one thread or queue at a time, so it needs no lock.
struct WorkItem {
  ClassifyTask task;
  Admission admission = Admission::kRefuseWhenFull;
  absl::Duration arrived;      // Of MonotonicNow, as the next one.
  absl::Duration ready_since;  // When it began to wait for inference.
  Classification result;
  std::vector<float> input;  // Of the network, NHWC.
  ClassMaps maps;            // Where it is to be explained.
  ServedModelHandle counted_as_waiting;  // By CountWaiting.

  InputKind kind() const {
    return task.tensor.empty() ? InputKind::kImage : InputKind::kTensor;
  }

  // Bytes of the caller's that it holds.
  int64_t bytes() const {
    return static_cast<int64_t>(task.image.size() + task.tensor.size());
  }
  // CANCELLED, DEADLINE_EXCEEDED or UNAVAILABLE (queue_timeout) when work on it is for nobody.
  absl::Status Abandoned() const;
};
using WorkItemPtr = std::unique_ptr<WorkItem>;

}  // namespace fovea
