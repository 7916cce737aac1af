// What is said of models in use, as text.
#pragma once

#include <string>

#include "client/display/terminal.h"
#include "fovea/v1/model_service.pb.h"

namespace fovea::client {

// Answers, feedback and drift of a version; empty where the server keeps no answers of it.
std::string RenderLive(const v1::ModelVersion& version, const Style& style);

// A block for each change of an alias, newest first; empty without any.
std::string RenderAliasChanges(const v1::Model& model, const Style& style);

}  // namespace fovea::client
