// One attempt of one training job, from start or checkpoint to a staged model version.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/dataset/index.h"
#include "common/preprocess/decode.h"
#include "server/training/events.h"
#include "server/training/options.h"
#include "server/training/stop_signal.h"

namespace fovea {

// As fovea.internal.v1.AttemptSpec, without what belongs to the connection.
struct Attempt {
  std::string job;  // `jobs/{job}`.
  TrainingOptions options;
  std::string training_spec_json;  // The spec as one line of JSON, for the manifest.

  std::string dataset_fingerprint;
  std::vector<std::string> class_names;  // The labels 0, 1, ... in order.
  std::string index_path;                // The list of photographs.
  FileSource files;                      // Where they are.
  DecodeLimits limits;

  std::string job_dir;    // Gets checkpoints/ and staging/.
  std::string cache_dir;  // Of the preprocessing caches.
  int64_t cache_limit_bytes = 0;  // 0: no limit.
  std::string init_version_dir;   // Empty: random weights.
};

// Runs the attempt on the calling thread and options.threads others: fills the cache, goes on from
// the last good checkpoint in job_dir if there is one, trains, and leaves the best epoch's version in
// job_dir/staging (weights.safetensors, manifest.json, evaluation.csv). One attempt at a time may
// use a job_dir. `stop`: cancel ends it within a batch, drain writes a checkpoint first. Never throws.
Outcome RunAttempt(const Attempt& attempt, const StopSignal& stop, EventSink* sink);

}  // namespace fovea
