// What a version is, in the words of the Open Inference Protocol and of Triton's configuration.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "inference/grpc_service.pb.h"
#include "server/model/registry.h"
#include "server/serving/input_kind.h"

namespace fovea {

// The one input of every model.
inline constexpr char kInputName[] = "image";

// With every answer.
inline constexpr char kNotice[] = "Not a medical device: for research use.";

// What ModelConfig says beside the version itself.
struct OipLimits {
  // Inputs in one request at most. One request holds no more of the queue than a few clients do.
  int max_inputs = 64;
  // As EngineOptions.
  int max_batch = 8;
  absl::Duration max_queue_delay = absl::ZeroDuration();
  int max_queue = 256;
};

// Shape of the input with -1 for the number of inputs.
std::vector<int64_t> InputShape(const Manifest& manifest, InputKind kind);

// `versions`: the numbers of all that answer, ascending.
inference::ModelMetadataResponse MetadataOf(const VersionInfo& version, InputKind kind,
                                            const std::vector<int32_t>& versions);

inference::ModelConfig ConfigOf(const VersionInfo& version, InputKind kind,
                                const OipLimits& limits);

}  // namespace fovea
