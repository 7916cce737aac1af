// Files: whole reads, durable writes, and opening beneath a root.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace fovea {

// Owns a file descriptor; closes it when destroyed. Movable, not copyable.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// A status for errno `error`: ENOENT and ENOTDIR NOT_FOUND, EACCES, EPERM and EROFS
// PERMISSION_DENIED, EEXIST ALREADY_EXISTS, ENOSPC and EDQUOT RESOURCE_EXHAUSTED, otherwise
// INTERNAL; "what: reason".
absl::Status ErrnoStatus(int error, absl::string_view what);

// The content of a file. INVALID_ARGUMENT when it has more than max_bytes (negative: no limit).
absl::StatusOr<std::string> ReadFile(const std::string& path, int64_t max_bytes = -1);

// The same for `relative` beneath `root`; no part, symbolic links included, may lead outside
// (openat2 with RESOLVE_BENEATH). INVALID_ARGUMENT for such a path or anything but a regular file.
absl::StatusOr<std::string> ReadFileBeneath(const std::string& root, const std::string& relative,
                                            int64_t max_bytes = -1);
absl::StatusOr<FileDescriptor> OpenBeneath(const std::string& root, const std::string& relative);

// Replaces `path` by `content` as one step that a crash or power loss does not tear: a temporary
// file beside it, fsync, rename, fsync of the folder. A failed fsync is an error, never retried.
absl::Status WriteFileAtomic(const std::string& path, absl::string_view content);

// Writes all of `content` at the descriptor's position.
absl::Status WriteAll(int fd, absl::string_view content, absl::string_view what);

// fsync of every file in a folder (not its subfolders), then of the folder itself.
absl::Status SyncDir(const std::string& dir);

// Renames a folder or file and fsyncs both parent folders. ALREADY_EXISTS when `to` exists.
absl::Status RenameDurably(const std::string& from, const std::string& to);

// Makes the folder `dir` anew, never half: `fill` writes its files, fsynced, into an empty folder
// beside it, which then takes the place of what was there. A crash leaves the old one, none or the
// new one. When `fill` fails, the old one stays and nothing of the new one does: on a full disk half
// of it would keep even the reason from being stored.
absl::Status ReplaceFolder(const std::string& dir,
                           const std::function<absl::Status(const std::string& partial)>& fill);

// Makes a folder and those above it, mode 0750. OK when it exists, ALREADY_EXISTS when a file is
// there.
absl::Status MakeDirs(const std::string& path);

// Removes a file or a folder with all it holds. OK when it does not exist.
absl::Status RemoveAll(const std::string& path);

// "a/b" of "a" and "b".
std::string JoinPath(const std::string& a, const std::string& b);

// A new empty folder under the system's folder for temporary files.
absl::StatusOr<std::string> MakeTempDir(absl::string_view prefix);

}  // namespace fovea
