#include "server/jobs/attempt_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/status.h"

namespace fovea {

absl::Status WriteAttemptFile(const internal::v1::AttemptSpec& attempt) {
  FOVEA_RETURN_IF_ERROR(MakeDirs(attempt.job_dir()));
  const std::string path = JoinPath(attempt.job_dir(), kAttemptFile);
  const std::string temporary = absl::StrCat(path, ".tmp");
  // A file left by a crash may have another mode, so it is not written over.
  if (unlink(temporary.c_str()) != 0 && errno != ENOENT) return ErrnoStatus(errno, temporary);
  const FileDescriptor file(
      open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) return ErrnoStatus(errno, temporary);
  FOVEA_RETURN_IF_ERROR(WriteAll(file.get(), attempt.SerializeAsString(), temporary));
  if (rename(temporary.c_str(), path.c_str()) != 0) return ErrnoStatus(errno, path);
  return absl::OkStatus();
}

}  // namespace fovea
