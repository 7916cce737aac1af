// Grades photographs: a bounded queue, decode threads, and inference in batches.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/thread.h"
#include "common/preprocess/decode.h"
#include "server/metrics/metrics.h"
#include "server/serving/classification.h"
#include "server/serving/quality_gate.h"
#include "server/serving/served_models.h"
#include "server/serving/statistics.h"
#include "server/serving/work_queue.h"

namespace fovea {

struct EngineOptions {
  // Single requests that may wait; one more is RESOURCE_EXHAUSTED. Streams bound themselves.
  int max_queue = 256;
  // Bytes of photographs that may wait, over single requests and streams.
  int64_t max_queued_bytes = 1LL << 30;
  // Photographs in a batch at most. Larger ones gain little on a CPU.
  int max_batch = 8;
  // How long a batch that is not full waits for more. Gains only where inference is a device's work.
  absl::Duration max_queue_delay = absl::ZeroDuration();
  // That decoding and inference share.
  int cores = 2;
  // Of these, how many may decode at once, and how many one batch may take; 0: all.
  int decode_threads = 0;
  int inference_threads = 0;
  // Inference takes no core: it runs on a device of its own.
  bool on_device = false;
  DecodeLimits limits = {};
  QualityGateOptions quality_gate = {};
};

// Thread-safe. A lone request starts at once, on all cores; batches form only while all are busy
// (WorkQueue says who goes on with what).
//
// Threads: those named decode-N take from the queue, find the model, decode, preprocess and answer
// what the quality gate refuses; those named inference-N run batches, one on as many cores as are
// free and the others on one each, so that the tensor library's threads are never more than there
// are cores; one named explain draws the pictures of those to be explained, so that the others of
// their batch do not wait for them. The destructor answers what waits with UNAVAILABLE and joins.
class Engine {
 public:
  // `models`, `metrics` and `statistics` (may be null) outlive it.
  Engine(ServedModels* models, Metrics* metrics, const EngineOptions& options,
         ServingStatistics* statistics = nullptr);
  ~Engine();

  void Submit(ClassifyTask task, Admission admission);

  // From now on everything is refused with UNAVAILABLE, also what waits. Harmless when called again.
  void Stop();

  // Photographs that wait for inference or for their explanation, or are being decoded.
  int64_t QueueDepth() const { return queue_.depth(); }
  int queue_limit() const { return options_.max_queue; }

 private:
  void DecodeLoop();
  void InferenceLoop(bool wide);
  void ExplainLoop();
  // Fills in the input of the network, or makes the item ungradable.
  absl::Status Prepare(WorkItem& item);
  absl::Status PreparePhotograph(WorkItem& item);
  // Looks at a photograph between decoding and inference; may make it ungradable.
  absl::Status PassGate(const DecodedImage& decoded, const Image& prepared, WorkItem& item);
  absl::Status Explain(WorkItem& item);
  // Answers those that nobody waits for any more, and returns the others.
  std::vector<WorkItemPtr> DropAbandoned(std::vector<WorkItemPtr> items);
  void RunBatch(WorkQueue::Batch batch);
  void Answer(WorkItemPtr item);  // Of a graded one, maybe after its explanation.
  void Finish(WorkItemPtr item, absl::StatusOr<Classification> result);
  void Finish(WorkItemPtr item);  // With the item's own result.

  ServedModels* const models_;
  Metrics* const metrics_;
  ServingStatistics* const statistics_;
  const EngineOptions options_;
  const QualityGate gate_;
  WorkQueue queue_;
  // Last, so that they are joined before what they use goes.
  std::vector<Thread> threads_;
};

}  // namespace fovea
