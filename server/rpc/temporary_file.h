// A file for the time of one call.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/base/file.h"

namespace fovea {

// Open for reading and writing; removed when destroyed. Not thread-safe.
class TemporaryFile {
 public:
  // Makes an empty file in `dir`, and the folder if need be.
  static absl::StatusOr<std::unique_ptr<TemporaryFile>> Make(const std::string& dir);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }
  int fd() const { return fd_.get(); }

 private:
  TemporaryFile(std::string path, FileDescriptor fd)
      : path_(std::move(path)), fd_(std::move(fd)) {}

  const std::string path_;
  const FileDescriptor fd_;
};

}  // namespace fovea
