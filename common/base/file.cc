#include "common/base/file.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/base/status.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;

constexpr size_t kReadStep = 4096;

absl::StatusOr<std::string> ReadAll(const FileDescriptor& fd, const std::string& what,
                                    int64_t max_bytes) {
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return ErrnoStatus(errno, what);
  if (!S_ISREG(info.st_mode)) return FieldError(what, "is not a regular file");
  if (max_bytes >= 0 && info.st_size > max_bytes) {
    return FieldError(what, absl::StrCat("has ", info.st_size, " bytes, at most ", max_bytes,
                                         " are allowed"));
  }
  std::string content(info.st_size, '\0');
  size_t have = 0;
  while (true) {
    // One read more than the size said, which shows whether the file has grown.
    if (have == content.size()) content.resize(have + kReadStep);
    const ssize_t got = read(fd.get(), content.data() + have, content.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus(errno, what);
    if (got == 0) break;
    have += got;
    if (max_bytes >= 0 && have > static_cast<size_t>(max_bytes)) {
      return FieldError(what, absl::StrCat("has more than the ", max_bytes,
                                           " bytes that are allowed"));
    }
  }
  content.resize(have);
  return content;
}

std::string ParentOf(const std::string& path) {
  const std::string parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

absl::Status SyncPath(const std::string& path, int flags) {
  const FileDescriptor fd(open(path.c_str(), flags | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus(errno, path);
  if (fsync(fd.get()) != 0) return ErrnoStatus(errno, path);
  return absl::OkStatus();
}

absl::Status WriteAndSync(const std::string& path, absl::string_view content) {
  const FileDescriptor fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
  if (!fd.valid()) return ErrnoStatus(errno, path);
  FOVEA_RETURN_IF_ERROR(WriteAll(fd.get(), content, path));
  if (fsync(fd.get()) != 0) return ErrnoStatus(errno, path);
  return absl::OkStatus();
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) close(fd_);
}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

absl::Status ErrnoStatus(int error, absl::string_view what) {
  const std::string message = absl::StrCat(what, ": ", std::generic_category().message(error));
  switch (error) {
    case ENOENT:
    case ENOTDIR: return absl::NotFoundError(message);
    case EACCES:
    case EPERM:
    case EROFS: return absl::PermissionDeniedError(message);
    case EEXIST: return absl::AlreadyExistsError(message);
    case ENOSPC:
    case EDQUOT: return absl::ResourceExhaustedError(message);
    default: return absl::InternalError(message);
  }
}

absl::StatusOr<std::string> ReadFile(const std::string& path, int64_t max_bytes) {
  // O_NONBLOCK: opening a named pipe must not wait for a writer.
  const FileDescriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return ErrnoStatus(errno, path);
  return ReadAll(fd, path, max_bytes);
}

absl::StatusOr<FileDescriptor> OpenBeneath(const std::string& root, const std::string& relative) {
  FOVEA_RETURN_IF_ERROR(ValidateRelativePath("path", relative));
  const FileDescriptor dir(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!dir.valid()) return ErrnoStatus(errno, root);
  open_how how = {};
  // O_NONBLOCK: opening a named pipe must not wait for a writer.
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  FileDescriptor fd(
      static_cast<int>(syscall(SYS_openat2, dir.get(), relative.c_str(), &how, sizeof(how))));
  if (fd.valid()) return fd;
  if (errno == EXDEV || errno == ELOOP) return FieldError("path", "leads out of its root");
  return ErrnoStatus(errno, relative);
}

absl::StatusOr<std::string> ReadFileBeneath(const std::string& root, const std::string& relative,
                                            int64_t max_bytes) {
  FOVEA_ASSIGN_OR_RETURN(const FileDescriptor fd, OpenBeneath(root, relative));
  return ReadAll(fd, relative, max_bytes);
}

absl::Status WriteAll(int fd, absl::string_view content, absl::string_view what) {
  while (!content.empty()) {
    const ssize_t wrote = write(fd, content.data(), content.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return ErrnoStatus(errno, what);
    content.remove_prefix(wrote);
  }
  return absl::OkStatus();
}

absl::Status WriteFileAtomic(const std::string& path, absl::string_view content) {
  const std::string temporary = absl::StrCat(path, ".tmp-", MakeSecret().substr(0, 12));
  absl::Status status = WriteAndSync(temporary, content);
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) {
    status = ErrnoStatus(errno, path);
  }
  if (!status.ok()) {
    unlink(temporary.c_str());
    return status;
  }
  return SyncPath(ParentOf(path), O_RDONLY | O_DIRECTORY);
}

absl::Status SyncDir(const std::string& dir) {
  std::error_code error;
  fs::directory_iterator it(dir, error);
  for (; !error && it != fs::directory_iterator(); it.increment(error)) {
    std::error_code type_error;
    if (!it->is_regular_file(type_error)) continue;
    FOVEA_RETURN_IF_ERROR(SyncPath(it->path().string(), O_RDONLY));
  }
  if (error) return ErrnoStatus(error.value(), dir);
  return SyncPath(dir, O_RDONLY | O_DIRECTORY);
}

absl::Status RenameDurably(const std::string& from, const std::string& to) {
  if (syscall(SYS_renameat2, AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), 1 /*NOREPLACE*/) != 0) {
    return ErrnoStatus(errno, absl::StrCat("rename ", from, " to ", to));
  }
  FOVEA_RETURN_IF_ERROR(SyncPath(ParentOf(to), O_RDONLY | O_DIRECTORY));
  return SyncPath(ParentOf(from), O_RDONLY | O_DIRECTORY);
}

absl::Status ReplaceFolder(const std::string& dir,
                           const std::function<absl::Status(const std::string& partial)>& fill) {
  const std::string partial = absl::StrCat(dir, ".partial");
  FOVEA_RETURN_IF_ERROR(RemoveAll(partial));
  FOVEA_RETURN_IF_ERROR(MakeDirs(partial));
  const absl::Status filled = fill(partial);
  if (!filled.ok()) {
    (void)RemoveAll(partial);
    return filled;
  }
  FOVEA_RETURN_IF_ERROR(RemoveAll(dir));
  return RenameDurably(partial, dir);
}

absl::Status MakeDirs(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return absl::OkStatus();
  const std::string parent = ParentOf(path);
  if (parent != path && parent != ".") FOVEA_RETURN_IF_ERROR(MakeDirs(parent));
  if (mkdir(path.c_str(), 0750) == 0) return absl::OkStatus();
  const int reason = errno;
  // Another thread may have made it since.
  if (reason == EEXIST && fs::is_directory(path, error)) return absl::OkStatus();
  return ErrnoStatus(reason, path);
}

absl::Status RemoveAll(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return ErrnoStatus(error.value(), path);
  return absl::OkStatus();
}

std::string JoinPath(const std::string& a, const std::string& b) {
  return (fs::path(a) / fs::path(b)).string();
}

absl::StatusOr<std::string> MakeTempDir(absl::string_view prefix) {
  std::error_code error;
  std::string path = JoinPath(fs::temp_directory_path(error).string(),
                              absl::StrCat(prefix, "-XXXXXX"));
  if (error || mkdtemp(path.data()) == nullptr) return ErrnoStatus(errno, path);
  return path;
}

}  // namespace fovea
