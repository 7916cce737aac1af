#include "server/serving/statistics.h"

#include "absl/time/clock.h"

namespace fovea {
namespace {

// As dashboards for inference servers know them.
const char* FailureReason(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
      return "REJECTED";
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded:
      return "CANCELED";
    case absl::StatusCode::kInternal:
      return "BACKEND";
    default:
      return "OTHER";
  }
}

}  // namespace

void ServingStatistics::RequestDone(const ServedModel& served, InputKind kind,
                                    const RequestTimes& times) {
  metrics_->InferenceDone(
      InferenceName(served.model_id, kind), served.version,
      {absl::ToDoubleSeconds(times.total), absl::ToDoubleSeconds(times.queue),
       absl::ToDoubleSeconds(times.compute_input), absl::ToDoubleSeconds(times.compute_infer),
       absl::ToDoubleSeconds(times.compute_output)});
  absl::MutexLock lock(&mutex_);
  VersionStatistics& version = versions_[Key(served.model_id, served.version, kind)];
  version.success.Add(times.total);
  version.queue.Add(times.queue);
  version.compute_input.Add(times.compute_input);
  version.compute_infer.Add(times.compute_infer);
  version.compute_output.Add(times.compute_output);
}

void ServingStatistics::RequestFailed(const ServedModel& served, InputKind kind,
                                      absl::StatusCode code, absl::Duration total) {
  metrics_->InferenceFailed(InferenceName(served.model_id, kind), served.version,
                            FailureReason(code));
  absl::MutexLock lock(&mutex_);
  versions_[Key(served.model_id, served.version, kind)].fail.Add(total);
}

void ServingStatistics::BatchDone(const ServedModel& served, InputKind kind, int inputs,
                                  absl::Duration compute_input, absl::Duration compute_infer) {
  metrics_->InferenceBatch(InferenceName(served.model_id, kind), served.version, inputs);
  absl::MutexLock lock(&mutex_);
  VersionStatistics& version = versions_[Key(served.model_id, served.version, kind)];
  version.inputs += inputs;
  ++version.batches;
  version.last_inference = absl::Now();
  VersionStatistics::Batch& batch = version.by_batch_size[inputs];
  batch.compute_input.Add(compute_input);
  batch.compute_infer.Add(compute_infer);
}

void ServingStatistics::PendingChanged(const ServedModel& served, InputKind kind, int change) {
  metrics_->InferencePending(InferenceName(served.model_id, kind), served.version, change);
}

VersionStatistics ServingStatistics::Of(const std::string& model_id, int32_t version,
                                        InputKind kind) const {
  absl::MutexLock lock(&mutex_);
  const auto found = versions_.find(Key(model_id, version, kind));
  return found == versions_.end() ? VersionStatistics() : found->second;
}

}  // namespace fovea
