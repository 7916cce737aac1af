// The folder of a job and the file that its trainer is started with.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "fovea/internal/v1/trainer_service.pb.h"

namespace fovea {

inline constexpr char kAttemptFile[] = "attempt.pb";
inline constexpr char kStagingDir[] = "staging";
inline constexpr char kTrainerLog[] = "trainer.log";

// Writes the attempt into its job_dir, readable by the owner only (it holds the lease), in place of
// an earlier attempt's. Makes the folder if need be.
absl::Status WriteAttemptFile(const internal::v1::AttemptSpec& attempt);

}  // namespace fovea
