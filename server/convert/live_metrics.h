// What answers say about a version, to the wire.
#pragma once

#include "fovea/v1/model_service.pb.h"
#include "server/answers/answer.h"

namespace fovea {

v1::LiveMetrics LiveMetricsToProto(const AnswerTally& tally);

}  // namespace fovea
