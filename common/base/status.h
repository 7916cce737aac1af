// Helpers for absl::Status. Errors read `field: what is wrong, what is allowed`.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace fovea {

// INVALID_ARGUMENT "field: problem".
inline absl::Status FieldError(absl::string_view field, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", problem));
}

// The same code with "context: " before the message; OK stays OK.
inline absl::Status Annotate(const absl::Status& status, absl::string_view context) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(context, ": ", status.message()));
}

}  // namespace fovea

// Returns from the function with the status of `expr` unless it is OK.
#define FOVEA_RETURN_IF_ERROR(expr)                                \
  do {                                                             \
    if (absl::Status fovea_status_ = (expr); !fovea_status_.ok())  \
      return fovea_status_;                                        \
  } while (false)

#define FOVEA_CONCAT_INNER_(a, b) a##b
#define FOVEA_CONCAT_(a, b) FOVEA_CONCAT_INNER_(a, b)

// FOVEA_ASSIGN_OR_RETURN(auto x, F()): x is the value of F(), or the function returns its status.
#define FOVEA_ASSIGN_OR_RETURN(lhs, expr) \
  FOVEA_ASSIGN_OR_RETURN_IMPL_(FOVEA_CONCAT_(fovea_result_, __LINE__), lhs, expr)
#define FOVEA_ASSIGN_OR_RETURN_IMPL_(result, lhs, expr) \
  auto result = (expr);                                 \
  if (!result.ok()) return std::move(result).status();  \
  lhs = *std::move(result)
