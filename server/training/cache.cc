#include "server/training/cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "server/training/cache_build.h"
#include "server/training/cache_lru.h"

namespace fovea {
namespace {

// The lock, and the entries that were found or made under it.
struct OpenedCache {
  FileDescriptor lock;
  CacheEntries entries;
};

// Under the exclusive lock: nobody else uses the cache.
absl::StatusOr<CacheEntries> BuildExclusively(const CacheOptions& options, const CachePaths& paths,
                                              const std::vector<DatasetItem>& items,
                                              const StopSignal& stop,
                                              const CacheProgressFunction& progress) {
  FOVEA_RETURN_IF_ERROR(TouchCache(paths.lock));
  FOVEA_RETURN_IF_ERROR(EvictCaches(options.dir, options.limit_bytes));
  return CacheBuilder(options, paths, items, stop, progress).Run();
}

// Under a shared lock, beside other users: only reads.
absl::StatusOr<CacheEntries> ReadShared(const CacheOptions& options, const CachePaths& paths,
                                        const StopSignal& stop) {
  FOVEA_RETURN_IF_ERROR(TouchCache(paths.lock));
  FOVEA_ASSIGN_OR_RETURN(const std::string text, ReadFile(paths.index));
  const CacheEntries all = ParseCacheLines(text);
  FOVEA_ASSIGN_OR_RETURN(CacheEntries good, VerifyEntries(paths, all, options.threads, stop));
  if (good.size() == all.size()) return good;
  return absl::DataLossError(
      absl::StrCat("cache ", paths.data, ": ", all.size() - good.size(),
                   " records are damaged while another job uses it; start again when that one has "
                   "ended, the records are then made anew"));
}

absl::StatusOr<OpenedCache> LockAndLoad(const CacheOptions& options, const CachePaths& paths,
                                        const std::vector<DatasetItem>& items,
                                        const StopSignal& stop,
                                        const CacheProgressFunction& progress) {
  while (true) {
    OpenedCache cache;
    FOVEA_ASSIGN_OR_RETURN(cache.lock, TryLockFile(paths.lock, LockKind::kExclusive));
    if (cache.lock.valid()) {
      FOVEA_ASSIGN_OR_RETURN(cache.entries,
                             BuildExclusively(options, paths, items, stop, progress));
      return cache;
    }
    FOVEA_ASSIGN_OR_RETURN(cache.lock, TryLockFile(paths.lock, LockKind::kShared));
    if (cache.lock.valid() && access(paths.index.c_str(), R_OK) == 0) {
      FOVEA_ASSIGN_OR_RETURN(cache.entries, ReadShared(options, paths, stop));
      return cache;
    }
    // Another process builds it, or this one was between two locks of others.
    FOVEA_RETURN_IF_ERROR(stop.Check());
    cache.lock = FileDescriptor();
    absl::SleepFor(absl::Milliseconds(200));
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<ImageCache>> ImageCache::Open(
    const CacheOptions& options, const std::vector<DatasetItem>& items, const StopSignal& stop,
    const CacheProgressFunction& progress) {
  FOVEA_RETURN_IF_ERROR(MakeDirs(options.dir));
  const std::string key =
      Sha256Hex(absl::StrCat(options.dataset_fingerprint, " ", PreprocessFingerprint(options.spec)));
  const CachePaths paths(options.dir, key);
  FOVEA_ASSIGN_OR_RETURN(OpenedCache opened, LockAndLoad(options, paths, items, stop, progress));
  std::unique_ptr<ImageCache> cache(
      new ImageCache(std::move(opened.lock), opened.entries, items));
  // Mapped first: the file outlives an eviction in the moment between the two locks.
  FOVEA_RETURN_IF_ERROR(cache->Map(paths.data));
  if (flock(cache->lock_.get(), LOCK_SH) != 0) return ErrnoStatus(errno, paths.lock);
  FOVEA_RETURN_IF_ERROR(EvictCaches(options.dir, options.limit_bytes));
  return cache;
}

ImageCache::ImageCache(FileDescriptor lock, const CacheEntries& entries,
                       const std::vector<DatasetItem>& items)
    : lock_(std::move(lock)) {
  for (size_t i = 0; i < items.size(); ++i) {
    const auto found = entries.find(items[i].sha256);
    CacheEntry entry;
    if (found != entries.end()) {
      entry = found->second;
    } else {
      entry.bad_reason = "is not in the cache";
    }
    if (entry.bad()) bad_.push_back({i, entry.bad_reason});
    by_item_.push_back(std::move(entry));
  }
}

ImageCache::~ImageCache() {
  if (pixels_ != nullptr) munmap(const_cast<uint8_t*>(pixels_), mapped_bytes_);
}

absl::Status ImageCache::Map(const std::string& data_path) {
  const FileDescriptor fd(open(data_path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus(errno, data_path);
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return ErrnoStatus(errno, data_path);
  if (info.st_size == 0) return absl::OkStatus();  // Every photograph is bad.
  void* mapped = mmap(nullptr, info.st_size, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (mapped == MAP_FAILED) return ErrnoStatus(errno, data_path);
  pixels_ = static_cast<const uint8_t*>(mapped);
  mapped_bytes_ = info.st_size;
  return absl::OkStatus();
}

ImageView ImageCache::Get(size_t item) const {
  const CacheEntry& entry = by_item_[item];
  return ImageView(entry.width, entry.height, pixels_ + entry.offset);
}

void ImageCache::Release(size_t item) const {
  const CacheEntry& entry = by_item_[item];
  static const int64_t page = sysconf(_SC_PAGESIZE);
  const int64_t begin = entry.offset / page * page;
  // A page that another record shares is mapped again when that one is read.
  madvise(const_cast<uint8_t*>(pixels_) + begin, entry.offset + entry.bytes() - begin,
          MADV_DONTNEED);
}

}  // namespace fovea
