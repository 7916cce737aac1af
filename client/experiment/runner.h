// Brings an experiment to its end: submits what is missing, follows it, evaluates what comes out.
#pragma once

#include <string>
#include <vector>

#include "client/connection.h"
#include "client/experiment/plan.h"
#include "client/experiment/state.h"
#include "client/session.h"

namespace fovea::client {

struct RunnerOptions {
  bool retry_failed = false;  // Make failed and cancelled jobs anew.
  std::string resume;         // The command that goes on with the experiment, for people.
};

// Ctrl-C leaves: the jobs go on, and how to go on with the experiment is said. Running again, on
// any machine, goes on where it was. kJobFailed or kJobCancelled when some job ended so.
CommandResult RunExperiment(const Session& session, Connection* connection,
                            const ExperimentPlan& plan, const RunnerOptions& options);

// All jobs of the server, newest first.
absl::StatusOr<std::vector<v1::Job>> ListAllJobs(Connection* connection);

// Fetches the evaluations of runs whose evaluation job succeeded, and that are not there yet.
absl::Status FetchEvaluations(Connection* connection, ExperimentState* state);

// Asks all jobs that have not ended to stop; how many there were.
absl::StatusOr<int> CancelExperiment(Connection* connection, const ExperimentState& state);

}  // namespace fovea::client
