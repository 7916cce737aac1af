// Every metric of fovead, declared in one place, in base units and with bounded labels.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace prometheus {
class Registry;
}

namespace fovea {

struct ValidationMetrics {
  double loss = 0, accuracy = 0, kappa = 0;
};

// Of more classes than this there are no confusion counts: their series would be too many.
inline constexpr int kMostConfusedClasses = 12;

// The job that runs, as the gauges show it.
struct RunningJobMetrics {
  int epoch = 0;
  int phase = 0;  // 1: head, 2: full.
  double learning_rate = 0;
  double train_loss = 0, train_accuracy = 0;
  double test_loss = 0, test_accuracy = 0, test_kappa = 0;
  std::optional<ValidationMetrics> validation = std::nullopt;  // With a validation part.
  double images_per_second = 0;
};

struct JobStateCount {
  std::string state;  // Lower case, for instance "running".
  int64_t count = 0;
};

// A version in memory, with the test figures of its manifest.
struct ServedVersionMetrics {
  std::string model;
  int32_t version = 0;
  double test_accuracy = 0;
  double test_kappa = 0;
};

// What the kept answers of a version say, as fovea.v1.LiveMetrics. Without answers: none are kept.
struct LiveVersionMetrics {
  std::string model;
  int32_t version = 0;
  int num_classes = 0;
  std::vector<int64_t> answered;  // By grade.
  int64_t ungradable = 0;
  int64_t feedback = 0;
  double accuracy = 0, kappa = 0;  // NaN where they are undefined, as the next one.
  double population_stability_index = 0;
  std::vector<int64_t> confusion;  // Row = true class, column = answered.
};

// Where the seconds of one inference request went; see RequestTimes.
struct InferenceSeconds {
  double total = 0, queue = 0, compute_input = 0, compute_infer = 0, compute_output = 0;
};

// Thread-safe. Lives as long as the server; handed by pointer, never null.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // One rpc that ended. `method` as "TrainingService/CreateJob", `code` a gRPC status code.
  void RpcDone(absl::string_view method, int code, double seconds);

  // Stages of Classify: "decode", "preprocess", "quality" (part of it), "queue", "inference",
  // "explain" (of those that were), "total".
  void ClassifyStage(absl::string_view stage, double seconds);
  void BatchDone(int size);
  void QueueDepth(int64_t depth);
  void Classified(const std::string& model, int32_t version, int32_t grade);
  // A photograph that the quality gate looked at. `outcome`: "gradable", "ungradable" or
  // "graded_anyway" (refused, but the caller wanted a grade all the same).
  void QualityAssessed(const std::string& model, int32_t version, const std::string& outcome);
  // One of what is wrong with it. `reason` as QualityReasonName.
  void QualityFinding(const std::string& model, int32_t version, const std::string& reason);

  // The next ones under the names that dashboards for inference servers know. `model` as
  // InferenceName. A request that succeeded:
  void InferenceDone(const std::string& model, int32_t version, const InferenceSeconds& seconds);
  // `reason`: "REJECTED" (queue full, waited too long), "CANCELED", "BACKEND" or "OTHER".
  void InferenceFailed(const std::string& model, int32_t version, const std::string& reason);
  void InferenceBatch(const std::string& model, int32_t version, int inputs);
  // So many more (fewer) requests wait for inference.
  void InferencePending(const std::string& model, int32_t version, int change);

  void JobsByState(const std::vector<JobStateCount>& counts);
  void RunningJob(const RunningJobMetrics& job);
  void NoRunningJob();
  // Replaces the versions shown before.
  void ServedVersions(const std::vector<ServedVersionMetrics>& versions);

  // Replaces what was shown of the version. Undefined figures are not shown, nor the confusion counts
  // of versions with more than kMostConfusedClasses classes.
  void LiveVersion(const LiveVersionMetrics& live);
  // `reason`: "queue_full" or "not_stored".
  void AnswersDropped(const char* reason, int64_t count);

  // For the exposer.
  std::shared_ptr<prometheus::Registry> registry() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace fovea
