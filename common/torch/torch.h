// The only way to LibTorch's headers. Never together with protobuf or gRPC in one file.
#pragma once

// Not all of <torch/torch.h>: data loaders, optimisers and serialisation would make every file that
// includes this 2 s slower.
#include <torch/cuda.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace fovea {

// The status for an exception of the tensor library: RESOURCE_EXHAUSTED when memory ran out, else
// INTERNAL; "what: first line of the message".
absl::Status TorchErrorStatus(absl::string_view what, const std::exception& error);

}  // namespace fovea
