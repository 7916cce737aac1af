#include "server/app/server_status.h"

#include <map>

#include "common/base/cores.h"

namespace fovea {

void StatusSources::Fill(v1::ServerStatus* status) const {
  status->set_version(FOVEA_VERSION);
  status->mutable_start_time()->set_seconds(absl::ToUnixSeconds(start_time));
  for (const std::string& device : devices) status->add_devices(device);
  status->set_cores(AvailableCores());
  if (auto counts = jobs->CountByState(); counts.ok()) {
    status->set_queued_jobs(static_cast<int32_t>((*counts)[v1::JOB_STATE_QUEUED]));
    status->set_running_jobs(static_cast<int32_t>((*counts)[v1::JOB_STATE_RUNNING] +
                                                  (*counts)[v1::JOB_STATE_CANCELLING]));
  }
  for (const std::string& name : models->LoadedVersions()) status->add_loaded_versions(name);
  status->set_classify_queue_depth(static_cast<int32_t>(engine->QueueDepth()));
  status->set_classify_queue_limit(engine->queue_limit());
  status->set_dataset_root(dataset_root);
  status->set_metrics_address(metrics_address);
  status->set_default_model(models->DefaultModel());
}

}  // namespace fovea
