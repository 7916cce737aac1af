// In which numbers a version serves, as text.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "client/display/terminal.h"
#include "fovea/v1/model_service.pb.h"

namespace fovea::client {

// "auto", "fp32", "bf16", "int8"; the first for what is unset.
std::string PrecisionName(v1::InferencePrecision precision);
// Of a name that the flag's check let through.
v1::InferencePrecision PrecisionNamed(const std::string& name);

// For RenderFields.
std::vector<std::pair<std::string, std::string>> PrecisionFields(const v1::ModelVersion& version);

// What each measured precision changes; empty where none was measured.
std::string RenderPrecisions(const v1::ModelVersion& version, const Style& style);

}  // namespace fovea::client
