// The folder of all state, and the lock that keeps a second server away from it.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/base/file.h"

namespace fovea {

// Holds the lock until it is destroyed; the system gives it up when the process dies. Movable.
class DataDir {
 public:
  // Makes the folder if need be. PERMISSION_DENIED when it cannot be written, FAILED_PRECONDITION
  // when another fovead uses it; both say what to do.
  static absl::StatusOr<DataDir> Open(const std::string& path);

  // Absolute, without a slash at the end.
  const std::string& path() const { return path_; }
  std::string Sub(const std::string& name) const { return JoinPath(path_, name); }

  // gRPC address of the socket that trainers dial: within the folder, or, where that name is too
  // long for a socket, in a folder of its own under the system's folder for temporary files. The
  // same at every start.
  absl::StatusOr<std::string> TrainerAddress() const;

 private:
  DataDir(std::string path, FileDescriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  FileDescriptor lock_;
};

}  // namespace fovea
