// One version for several photographs that belong together.
#pragma once

#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server/serving/served_models.h"

namespace fovea {

// The first photograph decides on the version, whatever alias moves before the next one's turn.
// Thread-safe.
class ModelPin {
 public:
  ModelPin() = default;
  // Decided already.
  explicit ModelPin(ServedModelHandle pinned) : pinned_(std::move(pinned)) {}

  // What `models` gives for `name`, or gave at the first call that succeeded. May wait for a load.
  absl::StatusOr<ServedModelHandle> Get(ServedModels* models, const std::string& name) {
    absl::MutexLock lock(&mutex_);
    if (pinned_ != nullptr) return pinned_;
    absl::StatusOr<ServedModelHandle> handle = models->Get(name);
    if (handle.ok()) pinned_ = *handle;
    return handle;
  }

  // What was decided; null: nothing yet.
  ServedModelHandle decided() {
    absl::MutexLock lock(&mutex_);
    return pinned_;
  }

 private:
  absl::Mutex mutex_;
  ServedModelHandle pinned_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace fovea
