// Follows a job's events to its end, over lost connections.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "client/connection.h"
#include "client/session.h"
#include "client/watch/view.h"

namespace fovea::client {

struct WatchOptions {
  std::string name;           // `jobs/{job}`.
  int64_t from_sequence = 1;  // First event wanted.
  // How long to try again when the server has gone away.
  absl::Duration reconnect_for = absl::Minutes(10);
};

// Shows the events until the job ends: kOk, kJobFailed or kJobCancelled by its state. Ctrl-C
// detaches: prints how to go on watching and gives kInterrupted; the job goes on.
CommandResult WatchJob(const Session& session, Connection* connection,
                       const WatchOptions& options);

}  // namespace fovea::client
