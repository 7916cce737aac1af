// Counts of what was answered, in the protocol's form.
#pragma once

#include "inference/grpc_service.pb.h"
#include "server/serving/statistics.h"

namespace fovea {

// Without name and version.
inference::ModelStatistics StatisticsToProto(const VersionStatistics& statistics);

}  // namespace fovea
