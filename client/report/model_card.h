// A model card: what a version is for, what it was made of, how good it is, and where it ends. The
// sections are those of Mitchell et al., Model Cards for Model Reporting, FAT* 2019.
#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "client/connection.h"
#include "client/report/document.h"
#include "fovea/v1/dataset_service.pb.h"
#include "fovea/v1/evaluation.pb.h"
#include "fovea/v1/model_service.pb.h"

namespace fovea::client {

struct ModelCardData {
  v1::ModelVersion version;
  std::optional<v1::Evaluation> evaluation;  // The newest one; none if there is none.
  std::optional<v1::Dataset> dataset;        // It was trained with; none if it was deleted.
};

// `name` as GetModelVersion takes it.
absl::StatusOr<ModelCardData> FetchModelCard(Connection* connection, const std::string& name);

Document MakeModelCard(const ModelCardData& data);

}  // namespace fovea::client
