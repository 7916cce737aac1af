#include "server/training/cache_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <zlib.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/sha256.h"
#include "common/base/status.h"

namespace fovea {
namespace {

uint32_t Crc(absl::string_view text) {
  return CacheCrc(reinterpret_cast<const uint8_t*>(text.data()), static_cast<int64_t>(text.size()));
}

// Fields of a line: crc of the rest, hash, offset, width, height, crc of the pixels, reason.
bool ParseLine(absl::string_view line, std::string* sha256, CacheEntry* entry) {
  const std::vector<absl::string_view> fields = absl::StrSplit(line, '\t');
  uint32_t line_crc = 0;
  if (fields.size() != 7 || !absl::SimpleAtoi(fields[0], &line_crc)) return false;
  if (line_crc != Crc(line.substr(fields[0].size() + 1))) return false;
  *sha256 = std::string(fields[1]);
  return IsSha256Hex(*sha256) && absl::SimpleAtoi(fields[2], &entry->offset) &&
         absl::SimpleAtoi(fields[3], &entry->width) && absl::SimpleAtoi(fields[4], &entry->height) &&
         absl::SimpleAtoi(fields[5], &entry->crc) &&
         absl::CUnescape(fields[6], &entry->bad_reason);
}

}  // namespace

CachePaths::CachePaths(const std::string& dir, const std::string& key)
    : data(JoinPath(dir, key + ".data")),
      journal(JoinPath(dir, key + ".journal")),
      index(JoinPath(dir, key + ".index")),
      lock(JoinPath(dir, key + ".lock")) {}

uint32_t CacheCrc(const uint8_t* pixels, int64_t bytes) {
  return static_cast<uint32_t>(crc32_z(0, pixels, static_cast<size_t>(bytes)));
}

std::string CacheLine(const std::string& sha256, const CacheEntry& entry) {
  const std::string rest =
      absl::StrCat(sha256, "\t", entry.offset, "\t", entry.width, "\t", entry.height, "\t",
                   entry.crc, "\t", absl::CEscape(entry.bad_reason));
  return absl::StrCat(Crc(rest), "\t", rest, "\n");
}

CacheEntries ParseCacheLines(absl::string_view text) {
  CacheEntries entries;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string sha256;
    CacheEntry entry;
    if (end == absl::string_view::npos || !ParseLine(text.substr(0, end), &sha256, &entry)) break;
    entries[sha256] = std::move(entry);
    text.remove_prefix(end + 1);
  }
  return entries;
}

absl::StatusOr<FileDescriptor> TryLockFile(const std::string& path, LockKind kind) {
  FileDescriptor fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (!fd.valid()) return ErrnoStatus(errno, path);
  const int operation = kind == LockKind::kShared ? LOCK_SH : LOCK_EX;
  if (flock(fd.get(), operation | LOCK_NB) == 0) return fd;
  if (errno == EWOULDBLOCK) return FileDescriptor();
  return ErrnoStatus(errno, path);
}

}  // namespace fovea
