// Inputs of the network that callers preprocessed themselves.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace fovea {

// From `bytes`, 3 * side * side float32 in little-endian, NCHW, at any address, to NHWC as ToTensor
// writes them. INVALID_ARGUMENT for another size and for numbers that are not finite. Thread-safe.
absl::StatusOr<std::vector<float>> InputFromNchw(absl::string_view bytes, int side);

}  // namespace fovea
