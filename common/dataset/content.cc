// The bytes of photographs: where they are, reading and hashing them.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/file.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "common/base/thread.h"
#include "common/dataset/index.h"
#include "common/dataset/layout.h"

namespace fovea {
namespace {

constexpr size_t kReadBytes = 256 * 1024;

// Fills in hash and size of one item from its file.
absl::Status HashFile(const std::string& dir, std::string* buffer, DatasetItem* item) {
  FOVEA_ASSIGN_OR_RETURN(const FileDescriptor fd, OpenBeneath(dir, item->path));
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return ErrnoStatus(errno, item->path);
  if (!S_ISREG(info.st_mode)) return FieldError(item->path, "is not a regular file");
  Sha256 hash;
  int64_t size = 0;
  while (true) {
    const ssize_t got = read(fd.get(), buffer->data(), buffer->size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus(errno, item->path);
    if (got == 0) break;
    hash.Update(absl::string_view(buffer->data(), got));
    size += got;
  }
  item->sha256 = hash.FinishHex();
  item->size = size;
  return absl::OkStatus();
}

// What the threads of one HashItems share.
class HashRun {
 public:
  HashRun(const std::string& dir, const std::function<void(int64_t, int64_t)>& progress,
          std::vector<DatasetItem>* items)
      : dir_(dir), progress_(progress), items_(*items) {}

  // The body of every thread: items one after the other until none is left or one failed.
  void Work() {
    std::string buffer(kReadBytes, '\0');
    while (!failed_) {
      const size_t index = next_++;
      if (index >= items_.size()) return;
      const absl::Status status = HashFile(dir_, &buffer, &items_[index]);
      absl::MutexLock lock(&mutex_);
      if (!status.ok()) {
        failed_ = true;
        if (status_.ok()) status_ = status;
        return;
      }
      ++done_;
      if (progress_) progress_(done_, static_cast<int64_t>(items_.size()));
    }
  }

  absl::Status status() {
    absl::MutexLock lock(&mutex_);
    return status_;
  }

 private:
  const std::string& dir_;
  const std::function<void(int64_t, int64_t)>& progress_;
  std::vector<DatasetItem>& items_;  // Each thread writes only the items that it took.
  std::atomic<size_t> next_{0};
  std::atomic<bool> failed_{false};
  absl::Mutex mutex_;
  int64_t done_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::Status HashItems(const std::string& dir, int threads,
                       const std::function<void(int64_t, int64_t)>& progress,
                       std::vector<DatasetItem>* items) {
  HashRun run(dir, progress, items);
  {
    std::vector<Thread> workers;
    for (int i = 0; i < std::max(threads, 1); ++i) {
      workers.emplace_back(absl::StrCat("hash-", i), [&run] { run.Work(); });
    }
  }
  return run.status();
}

std::string HashPath(const std::string& sha256) {
  return absl::StrCat(sha256.substr(0, 2), "/", sha256);
}

absl::StatusOr<std::string> ReadItem(const FileSource& source, const DatasetItem& item,
                                     int64_t max_bytes) {
  if (source.by_hash && !IsSha256Hex(item.sha256)) {
    return FieldError("sha256", "must be 64 lower-case hex digits");
  }
  FOVEA_ASSIGN_OR_RETURN(
      std::string content,
      ReadFileBeneath(source.dir, source.by_hash ? HashPath(item.sha256) : item.path, max_bytes));
  if (!item.sha256.empty() && Sha256Hex(content) != item.sha256) {
    return absl::DataLossError(
        absl::StrCat(absl::CHexEscape(item.path), ": has changed since the data set was made"));
  }
  return content;
}

}  // namespace fovea
