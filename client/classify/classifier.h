// Classifies many photographs over one ClassifyStream call.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/connection.h"

namespace fovea::client {

struct ClassifyOptions {
  std::string model;  // Resource name; empty: the server's default.
  int in_flight = 8;  // Photographs sent and not answered, at most.
  // Grade what the quality gate refuses, too.
  bool grade_anyway = false;
  bool explain = false;  // Also ask for heat maps.
  std::string request_id;  // See RequestIds.
};

// Ids for so many photographs: `wanted` itself for one, otherwise with -1, -2, ... behind it.
// Empty: a new one that cannot be guessed.
std::vector<std::string> RequestIds(std::string wanted, size_t count);

// The answer for one input: a response, or an error of the server or of reading the file.
using ClassifyOutcome = v1::ClassifyStreamResponse;

// Reads, sends and collects. `done(index, outcome)` is called in the order of `inputs`, from the
// calling thread; it may take the outcome apart. A photograph that cannot be read or graded has an
// outcome with an error; a status that is not OK means that the stream broke and the remaining ones
// have no answer.
// Photographs travel under these ids, never under their names.
absl::Status ClassifyAll(Connection* connection, const ClassifyOptions& options,
                         const std::vector<std::string>& inputs,
                         const std::function<void(size_t, ClassifyOutcome&)>& done);

}  // namespace fovea::client
