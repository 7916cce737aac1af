// The versions in memory, and which of them answers for which model name.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server/metrics/metrics.h"
#include "server/model/inference_model.h"
#include "server/model/registry.h"

namespace fovea {

// A version that is lent to requests; immutable. A request keeps it alive until it is answered.
struct ServedModel {
  std::string model_id;
  int32_t version = 0;
  std::string name;  // `models/{model}/versions/{version}`.
  std::shared_ptr<const InferenceModel> model;
};

using ServedModelHandle = std::shared_ptr<const ServedModel>;

struct ServedModelsOptions {
  std::string device = "cpu";  // "cpu" or "cuda:N".
  // `models/...` used when a request names none; empty: the only model there is.
  std::string default_model = "";
  // Versions in memory at most; the least recently used go first, those that answer for a model
  // name last. A ResNet50 takes about 100 MB.
  int max_loaded = 4;
  // Of all versions; kAuto: as each says.
  PrecisionChoice precision = PrecisionChoice::kAuto;
};

// Loads versions and keeps the routes from names to them. Thread-safe. A swap never makes a request
// wait: routes change only after the new version is in memory, and handles stay valid.
class ServedModels {
 public:
  // `registry` and `metrics` outlive it.
  ServedModels(Registry* registry, Metrics* metrics, const ServedModelsOptions& options);

  // The version for a name, loading it if need be (then the caller waits). Empty name: the default
  // model. NOT_FOUND for names that do not exist; FAILED_PRECONDITION for a version without class
  // names; INVALID_ARGUMENT when no model is named and there is no default; UNAVAILABLE for a model
  // that was unloaded.
  absl::StatusOr<ServedModelHandle> Get(const std::string& name);

  // What Get would give without a load, null where it would have to look or load. Never waits.
  ServedModelHandle Peek(const std::string& name);

  // Takes all versions of a model out of memory; until Restore, Get of any of its names is
  // UNAVAILABLE. Handles that are lent stay valid. Forgotten when the process
  // ends. May wait for loads.
  void Unload(const std::string& model_id);
  // Loads the version that answers for the model, as Get, after undoing Unload.
  absl::Status Restore(const std::string& model_id);
  bool IsUnloaded(const std::string& model_id) const;

  // Follows aliases, new versions and deletions: loads what the names in use lead to now, then
  // changes the routes. Call after every change of the registry. Where a version cannot be loaded,
  // the old one goes on answering and an error is logged.
  void Refresh();

  // Loads what the default model leads to, if there is one.
  void WarmUp();

  // In which it serves a version that carries this.
  Precision PrecisionOf(const InferenceInfo& info) const;

  // Names of the versions in memory, sorted.
  std::vector<std::string> LoadedVersions() const;

  // The default model's name as of now; empty without one.
  std::string DefaultModel() const;

 private:
  struct Loaded {
    ServedModelHandle handle;
    uint64_t last_use = 0;
  };

  absl::StatusOr<ServedModelHandle> Load(const VersionInfo& info) ABSL_LOCKS_EXCLUDED(mutex_);
  // Makes room; `newest` stays, else its load would have been for nothing.
  void EvictLocked(const std::string& newest) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Routes `name`, unless the version has been evicted again meanwhile.
  void RouteLocked(const std::string& name, const ServedModelHandle& handle)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PublishMetricsLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Registry* const registry_;
  Metrics* const metrics_;
  const ServedModelsOptions options_;

  absl::Mutex refreshing_;  // One refresh at a time, so that none sets routes of an older state.
  absl::Mutex loading_;     // One load at a time. Taken after refreshing_ and before mutex_.
  mutable absl::Mutex mutex_;
  // By version name.
  std::map<std::string, Loaded> loaded_ ABSL_GUARDED_BY(mutex_);
  // From the names that requests use (models, aliases) to the version that answers, which is in
  // loaded_.
  std::map<std::string, ServedModelHandle> routes_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> unloaded_ ABSL_GUARDED_BY(mutex_);  // Models, by id.
  uint64_t use_clock_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t refreshes_ ABSL_GUARDED_BY(mutex_) = 0;  // Refreshes that have begun.
};

}  // namespace fovea
