// The preprocessing cache: each photograph of a data set decoded and resized once, then read from a
// memory-mapped file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/file.h"
#include "common/dataset/index.h"
#include "common/preprocess/decode.h"
#include "common/preprocess/image.h"
#include "common/preprocess/spec.h"
#include "server/training/cache_file.h"
#include "server/training/events.h"
#include "server/training/stop_signal.h"

namespace fovea {

struct CacheOptions {
  std::string dir;
  int64_t limit_bytes = 0;  // Of all caches in the folder together; 0: no limit.
  std::string dataset_fingerprint;
  PreprocessSpec spec;
  DecodeLimits limits;
  FileSource files;
  int threads = 1;  // That decode.
};

// Called at most once a second and at the end, from one thread at a time.
using CacheProgressFunction = std::function<void(const CacheProgress&)>;

// A complete cache, held under a shared lock so that it is not evicted. Thread-safe. Pixels are in the
// page cache of the system; Release keeps them out of this process's resident memory.
class ImageCache {
 public:
  struct BadItem {
    size_t item = 0;  // Index into the items.
    std::string reason;
  };

  // Opens the cache of these items (all hashed), after making what is missing in it: a new one, one
  // whose building was interrupted, and records whose checksum is wrong (all are verified here).
  // Photographs that cannot be had are in bad(), also where their content is not that of their hash;
  // they are tried again whenever nobody else uses the cache. While another process builds the same
  // cache, waits for it.
  //
  // CANCELLED when `stop` says so (what was made stays); DATA_LOSS for a damaged cache that another
  // process is using; errors of the disk.
  static absl::StatusOr<std::unique_ptr<ImageCache>> Open(const CacheOptions& options,
                                                          const std::vector<DatasetItem>& items,
                                                          const StopSignal& stop,
                                                          const CacheProgressFunction& progress);
  ~ImageCache();

  // By item.
  const std::vector<BadItem>& bad() const { return bad_; }

  // The pixels of an item that is not bad; valid as long as the cache.
  ImageView Get(size_t item) const;
  // Says that the pixels are not needed for now. Get may be called again.
  void Release(size_t item) const;

 private:
  ImageCache(FileDescriptor lock, const CacheEntries& entries,
             const std::vector<DatasetItem>& items);
  absl::Status Map(const std::string& data_path);

  const FileDescriptor lock_;
  std::vector<CacheEntry> by_item_;  // Constant after Open, as all members.
  std::vector<BadItem> bad_;
  const uint8_t* pixels_ = nullptr;
  size_t mapped_bytes_ = 0;
};

}  // namespace fovea
