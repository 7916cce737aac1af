// What a training attempt tells while it runs, and how it ends: plain structs that mirror the messages
// of proto/fovea/v1/job.proto, which has the meaning and unit of each field. No Torch, no protobuf.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"

namespace fovea {

enum class Phase { kHead, kFull };

struct TrainingStarted {
  int32_t train_images = 0;
  int32_t test_images = 0;
  std::vector<int64_t> train_class_counts;
  std::vector<int64_t> test_class_counts;
  std::vector<std::string> class_names;
  std::vector<double> class_weights;
  double majority_baseline = 0;
  std::string device;
  int64_t parameters = 0;
  int32_t resumed_epoch = 0;
  int32_t resumed_step = 0;
  bool parts_share_patients = false;
  int32_t validation_images = 0;
  std::vector<int64_t> validation_class_counts;
};

struct CacheProgress {
  int64_t done = 0;
  int64_t total = 0;
  int64_t bad = 0;
  double images_per_second = 0;
};

struct StepProgress {
  Phase phase = Phase::kHead;
  int32_t epoch = 0;
  int32_t epochs = 0;
  int32_t step = 0;
  int32_t steps = 0;
  double loss = 0;
  double accuracy = 0;
  double images_per_second = 0;
  double seconds_left = 0;
  int32_t test_done = 0;
  int32_t test_total = 0;
  int32_t precision_done = 0;
  int32_t precision_total = 0;
};

struct PartMetrics {
  double loss = 0;
  double accuracy = 0;
};

struct EpochFinished {
  Phase phase = Phase::kHead;
  int32_t epoch = 0;
  int32_t epochs = 0;
  double learning_rate = 0;
  PartMetrics train;
  PartMetrics test;
  std::vector<double> test_recall;
  std::vector<int64_t> test_confusion;
  double test_kappa = 0;
  double majority_baseline = 0;
  double images_per_second = 0;
  double train_seconds = 0;
  double test_seconds = 0;
  bool best = false;
  std::optional<PartMetrics> validation;
  double validation_kappa = 0;
};

struct CheckpointSaved {
  int32_t epoch = 0;
  int32_t step = 0;
  int64_t bytes = 0;
};

struct BadImage {
  std::string path;
  std::string reason;
};

struct Warning {
  std::string message;
  std::vector<BadImage> bad_images;  // At most kMaxBadImagesAnEvent.
};
inline constexpr size_t kMaxBadImagesAnEvent = 100;

using TrainingEvent = std::variant<TrainingStarted, CacheProgress, StepProgress, EpochFinished,
                                   CheckpointSaved, Warning>;

// Takes the events of an attempt. Implementations are thread-safe and never wait in Emit.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void Emit(TrainingEvent event) = 0;
  // Waits until all that was emitted is stored for good, at most `timeout`; whether it is.
  virtual bool Flush(absl::Duration timeout) = 0;
};

// As fovea.v1.JobResult, without the model version.
struct AttemptResult {
  int32_t best_epoch = 0;
  double best_test_accuracy = 0;
  double best_test_kappa = 0;
  double majority_baseline = 0;
};

// As fovea.internal.v1.Outcome.
struct Outcome {
  enum class Kind { kSucceeded, kFailed, kCancelled, kDrained };
  Kind kind = Kind::kFailed;
  std::string error;     // With kFailed.
  AttemptResult result;  // With kSucceeded.
};

}  // namespace fovea
