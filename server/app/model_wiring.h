// How ModelService reaches the layers that know weights: the functions that it is given.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/rpc/model_files.h"
#include "server/serving/served_models.h"

namespace fovea {

// `models` outlives what is returned. `temp_dir` is on the registry's file system and
// is emptied now: what a crash left there is of no use.
absl::StatusOr<ModelFiles> MakeModelFiles(ServedModels* models, const std::string& temp_dir);

}  // namespace fovea
