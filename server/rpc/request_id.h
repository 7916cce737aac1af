// The request_id of a caller, which makes a retry safe.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "common/base/status.h"

namespace fovea {

// INVALID_ARGUMENT for one of more than 128 bytes; an empty one is none.
inline absl::Status CheckRequestId(const std::string& request_id) {
  constexpr size_t kMaxBytes = 128;
  if (request_id.size() <= kMaxBytes) return absl::OkStatus();
  return FieldError("request_id", "is longer than 128 characters");
}

}  // namespace fovea
