#include "server/rpc/temporary_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/names.h"
#include "common/base/status.h"

namespace fovea {

absl::StatusOr<std::unique_ptr<TemporaryFile>> TemporaryFile::Make(const std::string& dir) {
  FOVEA_RETURN_IF_ERROR(MakeDirs(dir));
  std::string path = JoinPath(dir, MakeSecret());
  FileDescriptor fd(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
  if (!fd.valid()) return ErrnoStatus(errno, "temporary file");
  return std::unique_ptr<TemporaryFile>(new TemporaryFile(std::move(path), std::move(fd)));
}

TemporaryFile::~TemporaryFile() { unlink(path_.c_str()); }

}  // namespace fovea
