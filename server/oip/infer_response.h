// The answer to a request of several inputs.
#pragma once

#include <vector>

#include "inference/grpc_service.pb.h"
#include "server/oip/infer_request.h"
#include "server/serving/engine.h"

namespace fovea {

// Fills in outputs, raw or typed as the plan says, one row an input in the order of `answers`; all
// are of one version.
void FillOutputs(const InferPlan& plan, const std::vector<Classification>& answers,
                 inference::ModelInferResponse* response);

}  // namespace fovea
