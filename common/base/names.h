// Resource names (AIP-122) and the patterns of their parts, and relative paths beneath a root.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace fovea {

// OK for an id chosen by a caller: a-z, 0-9 and hyphens, beginning with a letter, 1..63 characters.
// Otherwise INVALID_ARGUMENT that names `field`.
absl::Status ValidateId(absl::string_view field, absl::string_view id);

// The id in `{collection}/{id}`, for instance ParseName("name", "jobs", "jobs/j-1") = "j-1".
absl::StatusOr<std::string> ParseName(absl::string_view field, absl::string_view collection,
                                      absl::string_view name);

// What a model reference names. Exactly one of version and alias is set, or neither.
struct ModelRef {
  std::string model_id;
  int32_t version = 0;  // 0: not given.
  std::string alias;    // Empty: not given.
};

// Parses `models/{model}`, `models/{model}/versions/{version}` and
// `models/{model}/aliases/{alias}`.
absl::StatusOr<ModelRef> ParseModelRef(absl::string_view field, absl::string_view name);

std::string JobName(absl::string_view id);
std::string EvaluationName(absl::string_view id);
std::string DatasetName(absl::string_view id);
std::string ModelName(absl::string_view id);
std::string ModelVersionName(absl::string_view id, int32_t version);

// OK for a path that can stay beneath a root: relative, forward slashes, no empty, "." or ".."
// part, no NUL or other control character, no backslash, no percent-encoding of a slash, dot or
// NUL, 1024 bytes at most with parts of 255 at most, valid UTF-8. ("." alone is refused too.)
absl::Status ValidateRelativePath(absl::string_view field, absl::string_view path);

// A new id such as "j-20261124-8f3k2m9q": the date in UTC and 40 random bits in base 32.
std::string MakeId(absl::string_view prefix);

// 128 random bits from the system, in hex: leases and request ids.
std::string MakeSecret();

}  // namespace fovea
