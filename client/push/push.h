// Sends a folder of graded photographs to the server as a data set.
#pragma once

#include <string>

#include "client/connection.h"
#include "client/session.h"
#include "common/dataset/layout.h"

namespace fovea::client {

struct PushOptions {
  std::string dir;
  std::string dataset_id;
  LayoutOptions layout;
  // How long to try again when the server has gone away.
  absl::Duration reconnect_for = absl::Minutes(10);
};

// Finds the photographs, hashes them, asks the server which it does not have and sends only those.
// A data set of the same id and content that is there already counts as done. Ctrl-C gives
// kInterrupted; what arrived stays on the server, and the same command goes on from there.
CommandResult PushDataset(const Session& session, const PushOptions& options);

// What people see of a data set: counts by class and part (of many classes the first), and a
// warning about shared patients.
std::string RenderCounts(const std::vector<std::string>& class_names,
                         const std::vector<int64_t>& train, const std::vector<int64_t>& test,
                         const Style& style);
std::string SharedPatientsWarning(int64_t shared_patients);  // Empty for 0.

}  // namespace fovea::client
