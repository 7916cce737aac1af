// A ModelInferRequest, checked against the model that is to answer it.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "inference/grpc_service.pb.h"
#include "server/model/manifest.h"
#include "server/oip/metadata.h"
#include "server/oip/outputs.h"

namespace fovea {

// An output that is to be answered.
struct WantedOutput {
  OipOutput output;
  int classification = 0;  // So many classes in place of the values; 0: the values.
};

struct InferPlan {
  // What each task of the engine gets: the bytes of a tensor, or a file. Views into the request.
  std::vector<absl::string_view> inputs;
  std::vector<WantedOutput> outputs;
  int priority = kDefaultPriority;
  absl::Duration queue_timeout = absl::InfiniteDuration();
  bool grade_anyway = false;
  bool raw = true;  // The answer has the form of the request.
};

// INVALID_ARGUMENT "field: problem" for whatever is wrong; UNIMPLEMENTED for shared memory.
absl::StatusOr<InferPlan> PlanInference(const inference::ModelInferRequest& request,
                                        const Manifest& manifest, InputKind kind, int max_inputs);

}  // namespace fovea
