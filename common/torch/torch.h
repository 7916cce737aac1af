// The only way to LibTorch's headers. Never together with protobuf or gRPC in one file.
#pragma once

#include <torch/torch.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace fovea {

// The status for an exception of the tensor library: RESOURCE_EXHAUSTED when memory ran out, else
// INTERNAL; "what: first line of the message".
absl::Status TorchErrorStatus(absl::string_view what, const std::exception& error);

}  // namespace fovea
