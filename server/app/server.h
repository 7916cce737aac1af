// fovead as a whole: owns every part, starts and stops them in order.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/app/options.h"

namespace fovea {

// Start order: data directory and its lock, registry, data sets, evaluations, answers, versions in memory, engine, jobs
// (nothing runs yet), services, the trainers' socket, metrics, the public listener, and last the
// queue of jobs. So nobody is answered before the state is there, a trainer that still runs from
// before a crash finds its socket, and no job begins for a server that could not start.
//
// Stop order (Shutdown): health NOT_SERVING, watches and classification streams end with UNAVAILABLE
// and a hint, trainers write a checkpoint and exit, the engine refuses what waits, the listeners end
// by the deadline, the executor runs what was posted, then everything goes in reverse order of its start.
//
// Not thread-safe: one thread starts it, shuts it down and destroys it.
class Server {
 public:
  // Everything is listening when this returns. Errors are sentences for the person who started it.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options);
  ~Server();

  void Shutdown();

  const std::string& address() const;
  const std::string& metrics_address() const;  // Empty: no metrics.

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace fovea
