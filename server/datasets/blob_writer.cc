#include "server/datasets/blob_writer.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace fovea {

BlobWriter::~BlobWriter() { unlink(temporary_.c_str()); }

absl::Status BlobWriter::Append(absl::string_view data) {
  if (static_cast<int64_t>(data.size()) > size_ - written_) {
    return FieldError("chunk.data", absl::StrCat("file ", sha256_, " has more than the ", size_,
                                                 " bytes that its item says"));
  }
  FOVEA_RETURN_IF_ERROR(WriteAll(fd_.get(), data, "uploaded file"));
  hash_.Update(data);
  written_ += static_cast<int64_t>(data.size());
  return absl::OkStatus();
}

absl::Status BlobWriter::Finish() {
  const std::string hash = hash_.FinishHex();
  if (hash != sha256_) {
    return FieldError("chunk.sha256", absl::StrCat("the content sent for ", sha256_,
                                                   " has the hash ", hash, "; send it again"));
  }
  if (fsync(fd_.get()) != 0) return ErrnoStatus(errno, "uploaded file");
  if (rename(temporary_.c_str(), path_.c_str()) != 0) return ErrnoStatus(errno, "uploaded file");
  return absl::OkStatus();
}

}  // namespace fovea
