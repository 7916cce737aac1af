// Names as people type them, made into resource names. Full names pass unchanged.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace fovea::client {

// "j-1" is "jobs/j-1".
std::string FullJobName(const std::string& name);
// "eyes" is "datasets/eyes".
std::string FullDatasetName(const std::string& name);
// "j-1" is "evaluations/j-1".
std::string FullEvaluationName(const std::string& name);
// "dr" is "models/dr", "dr/3" "models/dr/versions/3", "dr@production"
// "models/dr/aliases/production".
std::string FullModelName(const std::string& name);

// An id for a data set from the name of its folder: "Eye PACS_256/" gives "eye-pacs-256". Empty
// when nothing of it can be used.
std::string IdFromPath(absl::string_view path);

}  // namespace fovea::client
