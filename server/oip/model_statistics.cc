#include "server/oip/model_statistics.h"

namespace fovea {
namespace {

void Set(const DurationTally& tally, inference::StatisticDuration* duration) {
  duration->set_count(tally.count);
  duration->set_ns(absl::ToInt64Nanoseconds(tally.sum));
}

}  // namespace

inference::ModelStatistics StatisticsToProto(const VersionStatistics& statistics) {
  inference::ModelStatistics proto;
  if (statistics.batches > 0) {
    proto.set_last_inference(absl::ToUnixMillis(statistics.last_inference));
  }
  proto.set_inference_count(statistics.inputs);
  proto.set_execution_count(statistics.batches);
  inference::InferStatistics* requests = proto.mutable_inference_stats();
  Set(statistics.success, requests->mutable_success());
  Set(statistics.fail, requests->mutable_fail());
  Set(statistics.queue, requests->mutable_queue());
  Set(statistics.compute_input, requests->mutable_compute_input());
  Set(statistics.compute_infer, requests->mutable_compute_infer());
  Set(statistics.compute_output, requests->mutable_compute_output());
  for (const auto& [size, batch] : statistics.by_batch_size) {
    inference::InferBatchStatistics* stats = proto.add_batch_stats();
    stats->set_batch_size(size);
    Set(batch.compute_input, stats->mutable_compute_input());
    Set(batch.compute_infer, stats->mutable_compute_infer());
    // Answers are made one request at a time, after the batch.
    Set({batch.compute_infer.count, absl::ZeroDuration()}, stats->mutable_compute_output());
  }
  return proto;
}

}  // namespace fovea
