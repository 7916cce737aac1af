// Makes the records of a preprocessing cache, on threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/base/file.h"
#include "server/training/cache.h"
#include "server/training/cache_file.h"

namespace fovea {

// Reads every record and leaves out those whose pixels are not those of the checksum, in bounded
// memory. Entries of bad photographs stay. CANCELLED when `stop` says so.
absl::StatusOr<CacheEntries> VerifyEntries(const CachePaths& paths, const CacheEntries& entries,
                                           int threads, const StopSignal& stop);

// One building, under the exclusive lock of the cache. Each thread holds one photograph at a time,
// so memory does not grow with the data set.
class CacheBuilder {
 public:
  CacheBuilder(const CacheOptions& options, const CachePaths& paths,
               const std::vector<DatasetItem>& items, const StopSignal& stop,
               const CacheProgressFunction& progress);

  // What the complete cache holds, one entry for every content hash of the items. Call once.
  absl::StatusOr<CacheEntries> Run();

 private:
  // Photographs with the same content, any of which will do.
  using SameContent = std::vector<size_t>;

  // Good entries of the last building, complete or not.
  absl::StatusOr<CacheEntries> Recover();
  // Brings journal and data to exactly `kept`, ready to append.
  absl::Status OpenFiles(const CacheEntries& kept);
  void Work();
  absl::StatusOr<Image> Load(const SameContent& photographs) const;
  absl::Status Store(const std::string& sha256, const absl::StatusOr<Image>& image);
  void Report(bool last) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const CacheOptions& options_;
  const CachePaths& paths_;
  const std::vector<DatasetItem>& items_;
  const StopSignal& stop_;
  const CacheProgressFunction& progress_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();

  FileDescriptor data_;     // Both set before the threads start.
  FileDescriptor journal_;
  std::vector<SameContent> work_;
  int64_t recovered_ = 0;

  absl::Mutex mutex_;
  size_t next_work_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t end_ ABSL_GUARDED_BY(mutex_) = 0;  // Of the data.
  CacheEntries entries_ ABSL_GUARDED_BY(mutex_);
  int64_t bad_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t total_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status error_ ABSL_GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point reported_ ABSL_GUARDED_BY(mutex_) = start_;
};

}  // namespace fovea
