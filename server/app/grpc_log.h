// Where gRPC's own log goes.
#pragma once

namespace fovea {

// Sends it to ours, at level debug, so that one form of log leaves the process; what matters of it
// is also in the statuses that we log ourselves. Call once, before gRPC is used.
void RouteGrpcLog();

}  // namespace fovea
