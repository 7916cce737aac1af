#include "server/serving/served_models.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/log.h"
#include "common/base/status.h"

namespace fovea {
namespace {

// Routes are kept for names that can move; a version's name always means the same version.
bool CanMove(const ModelRef& ref) { return ref.version == 0; }

}  // namespace

ServedModels::ServedModels(Registry* registry, Metrics* metrics, const ServedModelsOptions& options)
    : registry_(registry), metrics_(metrics), options_(options) {}

absl::StatusOr<ServedModelHandle> ServedModels::Get(const std::string& requested) {
  const std::string name = requested.empty() ? DefaultModel() : requested;
  if (name.empty()) {
    return FieldError("model", "must be named, for instance models/ID: the server has no default "
                               "model and not exactly one model");
  }
  uint64_t refreshes;
  {
    absl::MutexLock lock(&mutex_);
    refreshes = refreshes_;
    if (const auto route = routes_.find(name); route != routes_.end()) {
      loaded_.at(route->second->name).last_use = ++use_clock_;
      return route->second;
    }
  }
  FOVEA_ASSIGN_OR_RETURN(const ModelRef ref, ParseModelRef("model", name));
  FOVEA_ASSIGN_OR_RETURN(const VersionInfo info, registry_->Resolve(ref));
  if (IsUnloaded(ref.model_id)) {
    return absl::UnavailableError(absl::StrCat(
        "model: ", ModelName(ref.model_id), " was unloaded; load it with RepositoryModelLoad"));
  }
  FOVEA_ASSIGN_OR_RETURN(ServedModelHandle handle, Load(info));
  if (CanMove(ref)) {
    absl::MutexLock lock(&mutex_);
    // A refresh since may have been of a change that `info` is older than.
    if (refreshes == refreshes_) RouteLocked(name, handle);
  }
  return handle;
}

ServedModelHandle ServedModels::Peek(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  const auto route = routes_.find(name);
  const auto found = loaded_.find(route == routes_.end() ? name : route->second->name);
  if (found == loaded_.end()) return nullptr;
  found->second.last_use = ++use_clock_;
  return found->second.handle;
}

void ServedModels::Unload(const std::string& model_id) {
  absl::MutexLock refreshing(&refreshing_);  // So that no refresh under way brings a route back.
  absl::MutexLock lock(&mutex_);
  ++refreshes_;  // So that no Get under way routes to it.
  unloaded_.insert(model_id);
  std::erase_if(routes_, [&](const auto& route) { return route.second->model_id == model_id; });
  std::erase_if(loaded_, [&](const auto& entry) {
    return entry.second.handle->model_id == model_id;
  });
  PublishMetricsLocked();
}

absl::Status ServedModels::Restore(const std::string& model_id) {
  {
    absl::MutexLock lock(&mutex_);
    unloaded_.erase(model_id);
  }
  return Get(ModelName(model_id)).status();
}

bool ServedModels::IsUnloaded(const std::string& model_id) const {
  absl::MutexLock lock(&mutex_);
  return unloaded_.contains(model_id);
}

absl::StatusOr<ServedModelHandle> ServedModels::Load(const VersionInfo& info) {
  if (info.manifest.class_names.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("model: ", info.name(), " has no class names, so it can only be the init of a "
                     "training job; import it with class names to classify with it"));
  }
  const std::string name = info.name();
  absl::MutexLock loading(&loading_);
  {
    absl::MutexLock lock(&mutex_);
    if (const auto found = loaded_.find(name); found != loaded_.end()) {
      found->second.last_use = ++use_clock_;
      return found->second.handle;
    }
  }
  FOVEA_ASSIGN_OR_RETURN(std::shared_ptr<const InferenceModel> model,
                         InferenceModel::Load(info.dir, options_.device, options_.precision));
  auto handle = std::make_shared<const ServedModel>(
      ServedModel{info.model_id, info.version, name, std::move(model)});
  Log(LogLevel::kInfo, "model version loaded",
      {{"version", name}, {"precision", std::string(PrecisionName(handle->model->precision()))}});
  absl::MutexLock lock(&mutex_);
  loaded_[name] = Loaded{handle, ++use_clock_};
  EvictLocked(name);
  PublishMetricsLocked();
  return handle;
}

Precision ServedModels::PrecisionOf(const InferenceInfo& info) const {
  return ServedPrecision(info, options_.precision, options_.device);
}

void ServedModels::RouteLocked(const std::string& name, const ServedModelHandle& handle) {
  if (loaded_.contains(handle->name)) {
    routes_[name] = handle;
  } else {
    routes_.erase(name);
  }
}

void ServedModels::EvictLocked(const std::string& newest) {
  while (loaded_.size() > static_cast<size_t>(std::max(options_.max_loaded, 1))) {
    const auto routed = [&](const std::string& name) {
      mutex_.AssertHeld();
      return std::any_of(routes_.begin(), routes_.end(),
                         [&](const auto& route) { return route.second->name == name; });
    };
    const auto rank = [&](const auto& entry) {
      return std::make_tuple(entry.first == newest, routed(entry.first), entry.second.last_use);
    };
    const auto victim = std::min_element(
        loaded_.begin(), loaded_.end(),
        [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    const std::string name = victim->first;
    std::erase_if(routes_, [&](const auto& route) { return route.second->name == name; });
    loaded_.erase(victim);
    Log(LogLevel::kInfo, "model version unloaded", {{"version", name}});
  }
}

void ServedModels::Refresh() {
  absl::MutexLock refreshing(&refreshing_);
  std::vector<std::string> names;
  std::vector<std::string> loaded;
  {
    absl::MutexLock lock(&mutex_);
    ++refreshes_;
    for (const auto& [name, handle] : routes_) names.push_back(name);
    for (const auto& [name, entry] : loaded_) loaded.push_back(name);
  }
  const auto resolve = [&](const std::string& name) -> absl::StatusOr<VersionInfo> {
    FOVEA_ASSIGN_OR_RETURN(const ModelRef ref, ParseModelRef("model", name));
    return registry_->Resolve(ref);
  };
  for (const std::string& name : names) {
    const absl::StatusOr<VersionInfo> info = resolve(name);
    if (absl::IsNotFound(info.status())) {
      absl::MutexLock lock(&mutex_);
      routes_.erase(name);
      continue;
    }
    const absl::StatusOr<ServedModelHandle> handle =
        info.ok() ? Load(*info) : absl::StatusOr<ServedModelHandle>(info.status());
    if (!handle.ok()) {
      Log(LogLevel::kError, "a model version cannot be loaded; the one before goes on answering",
          {{"model", name}, {"error", std::string(handle.status().message())}});
      continue;
    }
    absl::MutexLock lock(&mutex_);
    RouteLocked(name, *handle);
  }
  for (const std::string& name : loaded) {
    if (!absl::IsNotFound(resolve(name).status())) continue;
    absl::MutexLock lock(&mutex_);
    loaded_.erase(name);
    std::erase_if(routes_, [&](const auto& route) { return route.second->name == name; });
  }
  absl::MutexLock lock(&mutex_);
  PublishMetricsLocked();
}

void ServedModels::WarmUp() {
  const std::string name = DefaultModel();
  if (name.empty()) return;
  if (const absl::Status status = Get(name).status(); !status.ok()) {
    Log(LogLevel::kWarning, "the default model is not ready",
        {{"model", name}, {"error", std::string(status.message())}});
  }
}

std::vector<std::string> ServedModels::LoadedVersions() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> names;
  for (const auto& [name, entry] : loaded_) names.push_back(name);
  return names;
}

std::string ServedModels::DefaultModel() const {
  if (!options_.default_model.empty()) return options_.default_model;
  std::string only;
  for (const ModelInfo& model : registry_->ListModels()) {
    const absl::StatusOr<VersionInfo> info = registry_->Resolve({model.model_id, 0, ""});
    if (!info.ok() || info->manifest.class_names.empty()) continue;
    if (!only.empty()) return "";
    only = ModelName(model.model_id);
  }
  return only;
}

void ServedModels::PublishMetricsLocked() {
  std::vector<ServedVersionMetrics> rows;
  for (const auto& [name, entry] : loaded_) {
    const std::optional<ModelMetrics>& metrics = entry.handle->model->manifest().metrics;
    if (!metrics.has_value()) continue;
    rows.push_back({entry.handle->model_id, entry.handle->version, metrics->test_accuracy,
                    metrics->test_kappa});
  }
  metrics_->ServedVersions(rows);
}

}  // namespace fovea
