// How ModelService and the recorder of answers reach the layers that know weights and manifests: the
// functions that they are given.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/answers/answer_recorder.h"
#include "server/model/registry.h"
#include "server/rpc/model_files.h"
#include "server/serving/served_models.h"

namespace fovea {

// `models` outlives what is returned. `temp_dir` is on the registry's file system and
// is emptied now: what a crash left there is of no use.
absl::StatusOr<ModelFiles> MakeModelFiles(ServedModels* models, const std::string& temp_dir);

// From the manifests of the versions. `registry` outlives what is returned.
TestPredictions TestPredictionsFrom(const Registry* registry);

}  // namespace fovea
