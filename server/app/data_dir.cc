#include "server/app/data_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/sha256.h"
#include "common/base/status.h"

namespace fovea {
namespace {

constexpr char kLockFile[] = "fovead.lock";
constexpr char kSocketFile[] = "trainer.sock";

// A folder that only its owner can use, and that is ours.
absl::Status MakePrivateDir(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return ErrnoStatus(errno, path);
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) return ErrnoStatus(errno, path);
  if (!S_ISDIR(info.st_mode) || info.st_uid != geteuid() || (info.st_mode & 0077) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat(path, ": is not a folder of this user alone; remove it, or use a shorter "
                           "--data-dir"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DataDir> DataDir::Open(const std::string& path) {
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(path, error).lexically_normal().string();
  const auto unusable = [&](const absl::Status& status) {
    return absl::PermissionDeniedError(absl::StrCat(
        "data-dir: cannot be used (", std::string(status.message()),
        "); give a folder that this user can write with --data-dir"));
  };
  if (const absl::Status status = MakeDirs(absolute); !status.ok()) return unusable(status);
  std::string clean = absolute;
  while (clean.size() > 1 && clean.back() == '/') clean.pop_back();
  const std::string lock_path = JoinPath(clean, kLockFile);
  FileDescriptor lock(open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (!lock.valid()) return unusable(ErrnoStatus(errno, lock_path));
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "data-dir: ", clean, " is in use by another fovead; stop that one, or give this one "
        "another --data-dir"));
  }
  return DataDir(std::move(clean), std::move(lock));
}

absl::StatusOr<std::string> DataDir::TrainerAddress() const {
  std::string path = Sub(kSocketFile);
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    std::error_code error;
    const std::string dir =
        JoinPath(std::filesystem::temp_directory_path(error).string(),
                 absl::StrCat("fovea-", Sha256Hex(path_).substr(0, 16)));
    FOVEA_RETURN_IF_ERROR(MakePrivateDir(dir));
    path = JoinPath(dir, kSocketFile);
  }
  return absl::StrCat("unix:", path);
}

}  // namespace fovea
