// True grades of earlier answers, from a csv file.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace fovea::client {

struct FeedbackRow {
  int line = 0;  // In the file, from 1.
  std::string request_id;
  int grade = 0;
};

// Lines `request_id,grade`; further columns are not looked at, and a first line whose grade is not a
// number is a header. INVALID_ARGUMENT that names the line.
absl::StatusOr<std::vector<FeedbackRow>> ReadFeedbackCsv(const std::string& path);

}  // namespace fovea::client
