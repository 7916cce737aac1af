// Writes one file into a BlobStore.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/base/file.h"
#include "common/base/sha256.h"

namespace fovea {

// Takes the content in pieces; the file appears only when it is complete and has the promised hash.
// Made by BlobStore::Write. Not thread-safe. What was not finished is removed when destroyed.
class BlobWriter {
 public:
  // `temporary` is open as `fd` and gets renamed to `path`.
  BlobWriter(FileDescriptor fd, std::string temporary, std::string path, std::string sha256,
             int64_t size)
      : fd_(std::move(fd)),
        temporary_(std::move(temporary)),
        path_(std::move(path)),
        sha256_(std::move(sha256)),
        size_(size) {}
  ~BlobWriter();
  BlobWriter(const BlobWriter&) = delete;
  BlobWriter& operator=(const BlobWriter&) = delete;

  // INVALID_ARGUMENT for bytes beyond the size.
  absl::Status Append(absl::string_view data);

  const std::string& sha256() const { return sha256_; }
  int64_t written() const { return written_; }
  bool complete() const { return written_ == size_; }

  // Call once, when complete: checks the hash (INVALID_ARGUMENT), makes the content durable and
  // gives the file its name. BlobStore::Sync makes the name durable.
  absl::Status Finish();

 private:
  FileDescriptor fd_;
  const std::string temporary_;
  const std::string path_;
  const std::string sha256_;
  const int64_t size_;
  int64_t written_ = 0;
  Sha256 hash_;
};

}  // namespace fovea
