// Page sizes and page tokens of List calls (AIP-158).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace fovea {

// 0 gives 50, above 1000 gives 1000; negative: INVALID_ARGUMENT.
absl::StatusOr<int> PageSize(int32_t requested);

// Tokens say after which key the next page begins; they are opaque to callers.
std::string MakePageToken(const std::string& last_key);
absl::StatusOr<std::string> ParsePageToken(const std::string& token);  // Empty token: empty key.

}  // namespace fovea
