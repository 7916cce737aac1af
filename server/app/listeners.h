// The two gRPC servers of fovead and the metrics endpoint, as far as sockets go.
#pragma once

#include <grpcpp/server.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/app/options.h"

namespace prometheus {
class Exposer;
}

namespace fovea {

struct GrpcListener {
  std::unique_ptr<grpc::Server> server;
  std::string address;  // With the port that was really taken.
};

// Serves `services` (not owned, they outlive the server) to users: TLS if the options say so,
// health, reflection, a receive limit that fits the largest photograph, keepalive that notices dead
// watchers. Warns loudly when it listens beyond this machine without TLS. UNAVAILABLE with what to
// do when the address is taken.
absl::StatusOr<GrpcListener> ListenPublic(const ServerOptions& options,
                                          const std::vector<grpc::Service*>& services);

// Serves `service` to trainers at a unix: address.
absl::StatusOr<GrpcListener> ListenTrainers(const std::string& address, grpc::Service* service);

struct MetricsListener {
  std::unique_ptr<prometheus::Exposer> exposer;
  std::string address;
};

// Serves /metrics; UNAVAILABLE with what to do when the address is taken.
absl::StatusOr<MetricsListener> ListenMetrics(const std::string& address);

// Whether a HOST:PORT can only be reached from this machine.
bool IsLoopback(const std::string& address);

}  // namespace fovea
