// Load on a gRPC server, as many callers make it that each wait for their answer.
#pragma once

#include <grpcpp/grpcpp.h>

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace fovea {

struct LoadOptions {
  std::string method;                 // "/package.Service/Method"
  std::vector<std::string> requests;  // Serialised messages, sent in turn. At least one.
  int concurrency = 1;                // Callers.
  absl::Duration warm_up = absl::Seconds(1);
  absl::Duration duration = absl::Seconds(5);
  // How long a caller waits after an error before it calls again.
  absl::Duration pause_after_error = absl::Milliseconds(500);
};

// Of calls with one status code, in the order in which they ended.
struct CodeLatencies {
  std::vector<double> milliseconds;
};

struct LoadResult {
  absl::Duration elapsed;
  std::map<grpc::StatusCode, CodeLatencies> by_code;
  std::string first_error;  // Empty: there was none.

  double Throughput() const;  // Answers with OK a second.
};

// The q-quantile, 0 to 1, of values (nearest rank); 0 without any.
double Quantile(std::vector<double> values, double q);

// Calls until `duration` after `warm_up` has passed, then waits for the last answers, which do not
// count. Calls that began in the warm-up and ended after it count.
// `target` is HOST:PORT; every 64 callers share a connection.
LoadResult MakeLoad(const std::string& target, const LoadOptions& options);

}  // namespace fovea
