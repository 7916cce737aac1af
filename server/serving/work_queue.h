// Which photograph the engine's threads go on with, and on how many cores.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/metrics/metrics.h"
#include "server/serving/work_item.h"

namespace fovea {

struct WorkQueueOptions {
  int max_queue = 256;                    // As EngineOptions, these four.
  int64_t max_queued_bytes = 1LL << 30;
  int max_batch = 8;
  absl::Duration max_queue_delay = absl::ZeroDuration();
  int cores = 2;  // That decoding and inference share.
  // Cores that one batch may take, at most; 0: inference is a device's work and takes none.
  int max_batch_cores = 2;
};

// Thread-safe. Photographs wait to be decoded, then for inference, then maybe for their
// explanation; by priority, then in the order of arrival.
//
// Decoding takes one core. A batch takes what cores are free, but for those that photographs to be
// decoded wait for: so a lone request has them all, and under load each core works by itself on a
// batch of its own, which is faster than to share one (ADR 12). Nothing starts while no core is
// free. A batch is a fair share of all that is under way, so that no core is left without work; until
// that much is ready, decoding goes first.
class WorkQueue {
 public:
  // `metrics` outlives it.
  WorkQueue(const WorkQueueOptions& options, Metrics* metrics);

  // Takes *item, or leaves it and says why: RESOURCE_EXHAUSTED when full (never for kWindowed),
  // UNAVAILABLE once closed.
  absl::Status Add(WorkItemPtr* item);

  // Waits for the next item to decode; null once closed. It holds a core until one of the next two.
  WorkItemPtr NextToDecode();
  // The item is ready for inference. Gives it back, out of the queue, where that is closed.
  WorkItemPtr MoveToReady(WorkItemPtr item);
  // The item is out of the queue without inference.
  void LeaveAfterDecoding(const WorkItem& item);

  struct Batch {
    std::vector<WorkItemPtr> items;  // All of one model version, out of the queue.
    int cores = 0;                   // To run it on, at least 1; given back by Release.
    int size = 0;                    // Of items, when it was taken.
  };
  // Waits for the next batch; empty once closed. One thread may be `wide`: the only one whose
  // batches get more than one core.
  Batch NextBatch(bool wide);
  void Release(const Batch& batch);

  // The item waits for its explanation, in the queue again. Gives it back where that is closed.
  WorkItemPtr AddToExplain(WorkItemPtr item);
  // Waits for the next item, out of the queue; null once closed.
  WorkItemPtr NextToExplain();

  // Ends all waiting, now and later. Returns what waited. Harmless when called again.
  std::vector<WorkItemPtr> Close();

  // Photographs that wait, or are being decoded.
  int64_t depth() const;

 private:
  using Line = std::deque<WorkItemPtr>;

  static void Insert(WorkItemPtr item, Line* line);
  void EnterLocked(const WorkItem& item) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LeaveLocked(const WorkItem& item) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int FairBatch() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool DecodeReady() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool BatchReady() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool NarrowBatchReady() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool ExplainReady() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool BatchFull() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Waits until the batch is full, or its first photograph has waited for max_queue_delay.
  void AwaitFullBatch() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int TakeCores(bool wide) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<WorkItemPtr> TakeBatch() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const WorkQueueOptions options_;
  Metrics* const metrics_;

  mutable absl::Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  Line to_decode_ ABSL_GUARDED_BY(mutex_);
  Line ready_ ABSL_GUARDED_BY(mutex_);
  Line to_explain_ ABSL_GUARDED_BY(mutex_);
  int free_cores_ ABSL_GUARDED_BY(mutex_);
  int decoding_ ABSL_GUARDED_BY(mutex_) = 0;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;  // In batches that are not released.
  // Threads that wait in NextToDecode, in NextBatch, and there as the wide one.
  int idle_decoders_ ABSL_GUARDED_BY(mutex_) = 0;
  int idle_batchers_ ABSL_GUARDED_BY(mutex_) = 0;
  bool wide_idle_ ABSL_GUARDED_BY(mutex_) = false;
  int depth_ ABSL_GUARDED_BY(mutex_) = 0;
  int single_ ABSL_GUARDED_BY(mutex_) = 0;  // Of depth_, those admitted with kRefuseWhenFull.
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace fovea
