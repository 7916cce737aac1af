#include "server/datasets/blob_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/names.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "common/dataset/index.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;

constexpr char kTemporaryFolder[] = "tmp";

// OK too when the file is not there.
absl::Status Unlink(const std::string& path) {
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return ErrnoStatus(errno, path);
}

absl::Status SyncFolder(const std::string& path) {
  const FileDescriptor fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || fsync(fd.get()) != 0) return ErrnoStatus(errno, path);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<BlobStore>> BlobStore::Open(const std::string& root) {
  const std::string temporary = JoinPath(root, kTemporaryFolder);
  FOVEA_RETURN_IF_ERROR(RemoveAll(temporary));
  FOVEA_RETURN_IF_ERROR(MakeDirs(temporary));
  return std::unique_ptr<BlobStore>(new BlobStore(root));
}

absl::StatusOr<int64_t> BlobStore::Size(const std::string& sha256) const {
  struct stat info;
  if (stat(JoinPath(root_, HashPath(sha256)).c_str(), &info) != 0) {
    return ErrnoStatus(errno, absl::StrCat("file ", sha256));
  }
  return info.st_size;
}

absl::StatusOr<std::unique_ptr<BlobWriter>> BlobStore::Write(const std::string& sha256,
                                                             int64_t size) {
  FOVEA_RETURN_IF_ERROR(MakeDirs(JoinPath(root_, sha256.substr(0, 2))));
  const std::string temporary = JoinPath(JoinPath(root_, kTemporaryFolder), MakeSecret());
  FileDescriptor fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
  if (!fd.valid()) return ErrnoStatus(errno, "uploaded file");
  return std::make_unique<BlobWriter>(std::move(fd), temporary, JoinPath(root_, HashPath(sha256)),
                                      sha256, size);
}

BlobReferences BlobStore::Refer(std::vector<std::string> sha256s) {
  std::sort(sha256s.begin(), sha256s.end());
  sha256s.erase(std::unique(sha256s.begin(), sha256s.end()), sha256s.end());
  absl::MutexLock lock(&mutex_);
  for (const std::string& sha256 : sha256s) ++counts_[ToDigest(sha256)];
  return BlobReferences(this, std::move(sha256s));
}

absl::Status BlobStore::RemoveUnnamed(const std::vector<std::string>& sha256s) {
  absl::Status status;
  for (const std::string& sha256 : sha256s) {
    Drop({sha256});
    // Taken anew for every file, so that others get their turn.
    absl::MutexLock lock(&mutex_);
    if (counts_.contains(ToDigest(sha256))) continue;
    status.Update(Unlink(JoinPath(root_, HashPath(sha256))));
  }
  return status;
}

absl::StatusOr<int64_t> BlobStore::RemoveUnnamedBefore(absl::Time before) {
  std::error_code error;
  int64_t removed = 0;
  fs::recursive_directory_iterator it(root_, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    const std::string name = it->path().filename().string();
    struct stat info;
    if (!IsSha256Hex(name) || stat(it->path().c_str(), &info) != 0) continue;
    if (absl::TimeFromTimespec(info.st_mtim) >= before) continue;
    absl::MutexLock lock(&mutex_);
    if (counts_.contains(ToDigest(name))) continue;
    FOVEA_RETURN_IF_ERROR(Unlink(it->path().string()));
    ++removed;
  }
  if (error) return ErrnoStatus(error.value(), root_);
  return removed;
}

absl::Status BlobStore::Sync(const std::vector<std::string>& sha256s) const {
  std::vector<std::string> shards;
  for (const std::string& sha256 : sha256s) shards.push_back(sha256.substr(0, 2));
  std::sort(shards.begin(), shards.end());
  shards.erase(std::unique(shards.begin(), shards.end()), shards.end());
  for (const std::string& shard : shards) FOVEA_RETURN_IF_ERROR(SyncFolder(JoinPath(root_, shard)));
  return SyncFolder(root_);
}

BlobStore::Digest BlobStore::ToDigest(const std::string& sha256) {
  Digest digest = {};
  const std::string bytes = absl::HexStringToBytes(sha256);
  std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
  return digest;
}

void BlobStore::Drop(const std::vector<std::string>& sha256s) {
  absl::MutexLock lock(&mutex_);
  for (const std::string& sha256 : sha256s) {
    const auto entry = counts_.find(ToDigest(sha256));
    if (entry != counts_.end() && --entry->second == 0) counts_.erase(entry);
  }
}

BlobReferences::BlobReferences(BlobReferences&& other) noexcept
    : store_(std::exchange(other.store_, nullptr)), sha256s_(std::move(other.sha256s_)) {}

BlobReferences& BlobReferences::operator=(BlobReferences&& other) noexcept {
  std::swap(store_, other.store_);
  std::swap(sha256s_, other.sha256s_);
  return *this;
}

BlobReferences::~BlobReferences() {
  if (store_ != nullptr) store_->Drop(sha256s_);
}

}  // namespace fovea
