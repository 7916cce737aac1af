// Tensors of the tensor library from and to safetensors. Includes Torch.
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/torch/torch.h"
#include "server/model/safetensors.h"

namespace fovea {

using NamedTensors = std::map<std::string, torch::Tensor>;

// All tensors of a file. They borrow its bytes where these are aligned (in files by WriteTensors
// all are): read them only, and only while the bytes live. INVALID_ARGUMENT for unsigned types
// that the library cannot compute with.
absl::StatusOr<NamedTensors> ReadTensors(const SafetensorsView& view);

// Writes tensors of any device and memory format, row-major. Holds one tensor's bytes at a time
// beyond the tensors themselves. Types as above.
absl::Status WriteTensors(const NamedTensors& tensors, const Metadata& metadata,
                          const ByteSink& sink);

// The same into memory.
absl::StatusOr<std::string> WriteTensorsToString(const NamedTensors& tensors,
                                                 const Metadata& metadata);

}  // namespace fovea
