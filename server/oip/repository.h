// Which versions there are and answer, for the rpcs about models.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "inference/grpc_service.pb.h"
#include "server/model/registry.h"
#include "server/oip/model_names.h"
#include "server/serving/served_models.h"
#include "server/serving/statistics.h"

namespace fovea {

// Reads the registry on disk and never loads a version. Thread-safe; the pointers outlive it.
class OipRepository {
 public:
  OipRepository(const Registry* registry, const ServedModels* models)
      : registry_(registry), models_(models) {}

  // The version that a name and a version lead to. Errors as ParseOipModel and Registry::Resolve.
  absl::StatusOr<VersionInfo> Resolve(const OipModel& model, absl::string_view version) const;

  // Why requests for it are not answered; empty: they are.
  std::string WhyNot(const VersionInfo& version) const;

  // The numbers of the versions that answer, ascending.
  std::vector<int32_t> Answering(const std::string& model_id) const;

  // Of every version, under both names of its model; with `ready`, only of those that answer.
  inference::RepositoryIndexResponse Index(bool ready) const;

  // Of all models (empty name), all versions of one (empty version), or one version. NOT_FOUND as
  // Resolve.
  absl::StatusOr<inference::ModelStatisticsResponse> Statistics(
      const inference::ModelStatisticsRequest& request, const ServingStatistics& statistics) const;

 private:
  // All versions of a model that can be read.
  std::vector<VersionInfo> VersionsOf(const ModelInfo& model) const;

  const Registry* const registry_;
  const ServedModels* const models_;
};

}  // namespace fovea
