// The photographs that `fovea classify` is asked for.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace fovea::client {

// Arguments as a list of photographs: a file is itself, a folder all .jpg, .jpeg and .png files
// beneath it, sorted, "-" stdin. NOT_FOUND for what does not exist; INVALID_ARGUMENT for a folder
// without photographs and a second "-".
absl::StatusOr<std::vector<std::string>> ExpandInputs(const std::vector<std::string>& arguments);

// The bytes of one of them.
absl::StatusOr<std::string> ReadInput(const std::string& input);

}  // namespace fovea::client
