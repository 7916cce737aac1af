// The files of one preprocessing cache (a data set under one PreprocessSpec):
//
//   KEY.data    pixels, one record after the other in the order in which they were made
//   KEY.journal while it is built: one checksummed line a record, appended after its pixels
//   KEY.index   when it is complete: the same lines, written at once after an fsync of the data
//   KEY.lock    flock: exclusive while building, shared while in use; its time is that of last use
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/file.h"

namespace fovea {

// What is known about the photograph with one content hash.
struct CacheEntry {
  int64_t offset = 0;  // In KEY.data.
  int width = 0;
  int height = 0;
  uint32_t crc = 0;        // CRC-32 (zlib) of the pixels.
  std::string bad_reason;  // Not empty: no pixels, since the photograph is corrupt or missing.

  bool bad() const { return !bad_reason.empty(); }
  int64_t bytes() const { return int64_t{3} * width * height; }
};

// By SHA-256 of the photograph's content.
using CacheEntries = std::map<std::string, CacheEntry>;

struct CachePaths {
  CachePaths(const std::string& dir, const std::string& key);
  std::string data, journal, index, lock;
};

uint32_t CacheCrc(const uint8_t* pixels, int64_t bytes);

// One line of journal or index, with the line break.
std::string CacheLine(const std::string& sha256, const CacheEntry& entry);

// The entries of an index or journal. Stops at the first line that is torn or damaged: what follows
// it is made again. No entries where the file is missing.
CacheEntries ParseCacheLines(absl::string_view text);

// Takes a lock of this process on the lock file without waiting. An invalid descriptor when another
// one holds it. The lock goes with the descriptor.
enum class LockKind { kShared, kExclusive };
absl::StatusOr<FileDescriptor> TryLockFile(const std::string& path, LockKind kind);

}  // namespace fovea
