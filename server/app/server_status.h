// What GetServerStatus answers, gathered from the parts.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "fovea/v1/server_service.pb.h"
#include "server/jobs/manager.h"
#include "server/serving/engine.h"
#include "server/serving/served_models.h"

namespace fovea {

// Pointers to parts that outlive it. Fill may be called from several threads at once.
struct StatusSources {
  JobManager* jobs = nullptr;
  ServedModels* models = nullptr;
  Engine* engine = nullptr;
  absl::Time start_time;
  std::vector<std::string> devices;
  bool dataset_root = false;
  std::string metrics_address;

  void Fill(v1::ServerStatus* status) const;
};

}  // namespace fovea
