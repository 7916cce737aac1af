// Grades photographs: a bounded queue, decode threads, and inference in batches.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/thread.h"
#include "common/evaluation/decision.h"
#include "common/preprocess/decode.h"
#include "common/quality/quality.h"
#include "server/metrics/metrics.h"
#include "server/serving/model_pin.h"
#include "server/serving/quality_gate.h"
#include "server/serving/served_models.h"

namespace fovea {

struct EngineOptions {
  // Single requests that may wait; one more is RESOURCE_EXHAUSTED. Streams bound themselves.
  int max_queue = 256;
  // Bytes of photographs that may wait, over single requests and streams.
  int64_t max_queued_bytes = 1LL << 30;
  // Photographs in a batch at most. Larger ones gain little on a CPU.
  int max_batch = 8;
  int decode_threads = 2;
  DecodeLimits limits = {};
  QualityGateOptions quality_gate = {};
};

// Whether a request is refused when the queue is full, or belongs to a stream with a window of its
// own that holds its sender back.
enum class Admission { kRefuseWhenFull, kWindowed };

// What is known of an answered photograph, for the rpc layer.
struct Classification {
  ServedModelHandle served;
  std::vector<float> logits;
  std::vector<float> probabilities;  // These and the rest as Decide makes them.
  int grade = 0;                     // -1 when the quality gate refused the photograph.
  double expected_grade = 0;
  bool referable = false;
  double referable_score = 0;
  bool vision_threatening = false;
  double vision_threatening_score = 0;
  absl::Duration decode, preprocess, queue, inference, total;
  int batch_size = 0;
  // Where the quality gate watches the model. Its time is in `preprocess`.
  std::optional<QualityReport> quality;
  // The gate refused the photograph: it went no further, there are no logits.
  bool ungradable() const { return grade < 0; }
  std::string explanation;  // A PNG where it was asked for; see ClassifyTask.
};

struct ClassifyTask {
  std::string model = "";    // As in ClassifyRequest.model.
  absl::string_view image = "";  // Valid until `done` is called.
  // Also explain the answered grade, by a heat map over the crop that the network saw.
  bool explain = false;
  absl::Time deadline = absl::InfiniteFuture();
  // Grade it even where the quality gate finds fault with it.
  bool grade_anyway = false;
  // Shared by tasks that must be answered by the same version; null: none.
  std::shared_ptr<ModelPin> pin = nullptr;
  std::function<bool()> cancelled = nullptr;  // May be called from any thread until `done` is called.
  // Called once, on an engine thread, or on the caller's where the task is refused at once. Must
  // not block.
  std::function<void(absl::StatusOr<Classification>)> done = nullptr;
};

// Thread-safe. A lone request starts at once; batches form only while inference is busy.
//
// Threads: `decode_threads` named decode-N take from the queue, find the model, decode, preprocess
// and answer what the quality gate refuses; one named inference takes what is ready, all of one
// model, and runs it as a batch (the tensor library has threads of its own); one named explain draws
// the pictures of those to be explained, so that the others of their batch do not wait for them. The
// destructor answers what waits with UNAVAILABLE and joins.
class Engine {
 public:
  // `models` and `metrics` outlive it.
  Engine(ServedModels* models, Metrics* metrics, const EngineOptions& options);
  ~Engine();

  void Submit(ClassifyTask task, Admission admission);

  // From now on everything is refused with UNAVAILABLE, also what waits. Harmless when called again.
  void Stop();

  // Photographs that wait for a decode thread, for inference or for their explanation.
  int64_t QueueDepth() const;
  int queue_limit() const { return options_.max_queue; }

 private:
  struct Item;
  using ItemPtr = std::unique_ptr<Item>;

  void DecodeLoop();
  void InferenceLoop();
  void ExplainLoop();
  // The next item to decode; null when stopped.
  ItemPtr NextToDecode();
  // The next batch, all of one model; empty when stopped.
  std::vector<ItemPtr> NextBatch();
  // The next item to explain; null when stopped.
  ItemPtr NextToExplain();
  absl::Status Prepare(Item& item);
  // Looks at a photograph between decoding and inference; may make it ungradable.
  absl::Status PassGate(const Image& decoded, const Image& prepared, Item& item);
  absl::Status Explain(Item& item);
  void RunBatch(std::vector<ItemPtr> batch);
  // Leaves a graded item to the thread explain, where it counts among what waits.
  void QueueToExplain(ItemPtr item);
  // Takes the item into the counts of what waits, and out of them.
  void EnterQueue(const Item& item) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LeaveQueue(const Item& item);
  void Finish(ItemPtr item, absl::StatusOr<Classification> result);
  void Finish(ItemPtr item);  // With the item's own result.

  bool DecodeReady() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool BatchReady() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool ExplainReady() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  ServedModels* const models_;
  Metrics* const metrics_;
  const EngineOptions options_;
  const QualityGate gate_;

  mutable absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<ItemPtr> to_decode_ ABSL_GUARDED_BY(mutex_);
  std::deque<ItemPtr> ready_ ABSL_GUARDED_BY(mutex_);
  std::deque<ItemPtr> to_explain_ ABSL_GUARDED_BY(mutex_);
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;         // All that wait.
  int waiting_single_ ABSL_GUARDED_BY(mutex_) = 0;  // Those admitted with kRefuseWhenFull.
  int64_t waiting_bytes_ ABSL_GUARDED_BY(mutex_) = 0;

  // Last, so that they are joined before what they use goes.
  std::vector<Thread> threads_;
};

// From the logits to the answer, as the rule of the version says.
void GradeLogits(const DecisionRule& rule, Classification* classification);

}  // namespace fovea
