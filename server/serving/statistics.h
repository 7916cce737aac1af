// What each version has answered since the start, by what it was sent.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/metrics/metrics.h"
#include "server/serving/input_kind.h"
#include "server/serving/served_models.h"

namespace fovea {

// Durations that were added up.
struct DurationTally {
  int64_t count = 0;
  absl::Duration sum;

  void Add(absl::Duration duration) {
    ++count;
    sum += duration;
  }
};

// Where the time of one request went. `queue` is all waiting, `compute_input` decoding and
// preprocessing, `compute_output` what it took to make the answer. The parts add up to no more than
// `total`, from arrival to answer.
struct RequestTimes {
  absl::Duration total, queue, compute_input, compute_infer, compute_output;
};

struct VersionStatistics {
  int64_t inputs = 0;   // That were inferred.
  int64_t batches = 0;  // That they were inferred in.
  absl::Time last_inference = absl::InfinitePast();
  // Of requests, the parts only of those that succeeded.
  DurationTally success, fail, queue, compute_input, compute_infer, compute_output;
  struct Batch {
    DurationTally compute_input, compute_infer;  // Of `compute_input`, the sum over the inputs.
  };
  std::map<int, Batch> by_batch_size;
};

// Counts, and shows the counts as metrics. Thread-safe.
class ServingStatistics {
 public:
  // `metrics` outlives it.
  explicit ServingStatistics(Metrics* metrics) : metrics_(metrics) {}

  void RequestDone(const ServedModel& served, InputKind kind, const RequestTimes& times);
  // `total` from arrival to the error.
  void RequestFailed(const ServedModel& served, InputKind kind, absl::StatusCode code,
                     absl::Duration total);
  // So many inputs of the kind were inferred together. A batch of both kinds is one of each.
  void BatchDone(const ServedModel& served, InputKind kind, int inputs,
                 absl::Duration compute_input, absl::Duration compute_infer);
  // By so many more (fewer) inputs wait for inference.
  void PendingChanged(const ServedModel& served, InputKind kind, int change);

  // Zeros for a version that was not asked yet.
  VersionStatistics Of(const std::string& model_id, int32_t version, InputKind kind) const;

 private:
  using Key = std::tuple<std::string, int32_t, InputKind>;

  Metrics* const metrics_;
  mutable absl::Mutex mutex_;
  // Grows with the versions that were ever asked.
  std::map<Key, VersionStatistics> versions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace fovea
