#include "server/oip/repository.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "server/oip/model_statistics.h"

namespace fovea {
namespace {

constexpr InputKind kKinds[] = {InputKind::kTensor, InputKind::kImage};

// Whether the name of a model with this kind of input means this model; one whose id ends in
// "-image" has its name taken by the photographs of another.
bool IsNamed(const std::string& model_id, InputKind kind) {
  const absl::StatusOr<OipModel> parsed = ParseOipModel(InferenceName(model_id, kind));
  return parsed.ok() && parsed->model_id == model_id;
}

void AddStatistics(const ServingStatistics& statistics, const std::string& model_id,
                   int32_t version, InputKind kind, inference::ModelStatisticsResponse* response) {
  inference::ModelStatistics stats = StatisticsToProto(statistics.Of(model_id, version, kind));
  stats.set_name(InferenceName(model_id, kind));
  stats.set_version(absl::StrCat(version));
  *response->add_model_stats() = std::move(stats);
}

}  // namespace

absl::StatusOr<VersionInfo> OipRepository::Resolve(const OipModel& model,
                                                   absl::string_view version) const {
  FOVEA_ASSIGN_OR_RETURN(const std::string reference, OipReference(model, version));
  FOVEA_ASSIGN_OR_RETURN(const ModelRef ref, ParseModelRef("model", reference));
  return registry_->Resolve(ref);
}

std::string OipRepository::WhyNot(const VersionInfo& version) const {
  if (version.manifest.class_names.empty()) {
    return "has no class names, so it can only be the init of a training job";
  }
  if (models_->IsUnloaded(version.model_id)) return "unloaded";
  return "";
}

std::vector<VersionInfo> OipRepository::VersionsOf(const ModelInfo& model) const {
  std::vector<VersionInfo> versions;
  for (const int32_t number : model.versions) {
    absl::StatusOr<VersionInfo> version = registry_->Resolve({model.model_id, number, ""});
    if (version.ok()) versions.push_back(*std::move(version));  // Not deleted meanwhile.
  }
  return versions;
}

std::vector<int32_t> OipRepository::Answering(const std::string& model_id) const {
  std::vector<int32_t> numbers;
  const absl::StatusOr<ModelInfo> model = registry_->GetModel(model_id);
  if (!model.ok()) return numbers;
  for (const VersionInfo& version : VersionsOf(*model)) {
    if (WhyNot(version).empty()) numbers.push_back(version.version);
  }
  return numbers;
}

inference::RepositoryIndexResponse OipRepository::Index(bool ready) const {
  inference::RepositoryIndexResponse response;
  for (const ModelInfo& model : registry_->ListModels()) {
    const std::vector<VersionInfo> versions = VersionsOf(model);
    for (const InputKind kind : kKinds) {
      if (!IsNamed(model.model_id, kind)) continue;
      for (const VersionInfo& version : versions) {
        const std::string reason = WhyNot(version);
        if (ready && !reason.empty()) continue;
        auto* entry = response.add_models();
        entry->set_name(InferenceName(model.model_id, kind));
        entry->set_version(absl::StrCat(version.version));
        entry->set_state(reason.empty() ? "READY" : "UNAVAILABLE");
        entry->set_reason(reason);
      }
    }
  }
  return response;
}

absl::StatusOr<inference::ModelStatisticsResponse> OipRepository::Statistics(
    const inference::ModelStatisticsRequest& request, const ServingStatistics& statistics) const {
  inference::ModelStatisticsResponse response;
  if (request.name().empty()) {
    for (const ModelInfo& model : registry_->ListModels()) {
      for (const InputKind kind : kKinds) {
        if (!IsNamed(model.model_id, kind)) continue;
        for (const int32_t version : model.versions) {
          AddStatistics(statistics, model.model_id, version, kind, &response);
        }
      }
    }
    return response;
  }
  FOVEA_ASSIGN_OR_RETURN(const OipModel name, ParseOipModel(request.name()));
  if (request.version().empty()) {
    FOVEA_ASSIGN_OR_RETURN(const ModelInfo model, registry_->GetModel(name.model_id));
    for (const int32_t version : model.versions) {
      AddStatistics(statistics, name.model_id, version, name.kind, &response);
    }
    return response;
  }
  FOVEA_ASSIGN_OR_RETURN(const VersionInfo version, Resolve(name, request.version()));
  AddStatistics(statistics, name.model_id, version.version, name.kind, &response);
  return response;
}

}  // namespace fovea
