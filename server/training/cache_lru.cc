#include "server/training/cache_lru.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "server/training/cache_file.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;

struct Candidate {
  std::string key;
  fs::file_time_type used;
  int64_t bytes = 0;
};

int64_t SizeOf(const std::string& path) {
  std::error_code error;
  const uintmax_t size = fs::file_size(path, error);
  return error ? 0 : static_cast<int64_t>(size);
}

std::vector<Candidate> ListCaches(const std::string& dir) {
  std::vector<Candidate> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(dir, error)) {
    if (entry.path().extension() != ".lock") continue;
    Candidate candidate;
    candidate.key = entry.path().stem().string();
    candidate.used = entry.last_write_time(error);
    const CachePaths paths(dir, candidate.key);
    candidate.bytes = SizeOf(paths.data) + SizeOf(paths.journal) + SizeOf(paths.index);
    if (candidate.bytes > 0) found.push_back(candidate);
  }
  std::sort(found.begin(), found.end(),
            [](const Candidate& a, const Candidate& b) { return a.used < b.used; });
  return found;
}

}  // namespace

absl::Status EvictCaches(const std::string& dir, int64_t limit) {
  if (limit <= 0) return absl::OkStatus();
  const std::vector<Candidate> caches = ListCaches(dir);
  int64_t total = 0;
  for (const Candidate& cache : caches) total += cache.bytes;
  for (const Candidate& cache : caches) {
    if (total <= limit) break;
    const CachePaths paths(dir, cache.key);
    FOVEA_ASSIGN_OR_RETURN(const FileDescriptor lock,
                           TryLockFile(paths.lock, LockKind::kExclusive));
    if (!lock.valid()) continue;
    // The index first: without it the rest is known to be incomplete.
    FOVEA_RETURN_IF_ERROR(RemoveAll(paths.index));
    FOVEA_RETURN_IF_ERROR(RemoveAll(paths.journal));
    FOVEA_RETURN_IF_ERROR(RemoveAll(paths.data));
    total -= cache.bytes;
    Log(LogLevel::kInfo, "preprocessing cache evicted",
        {{"cache", cache.key.substr(0, 16)}, {"bytes", absl::StrCat(cache.bytes)}});
  }
  return absl::OkStatus();
}

absl::Status TouchCache(const std::string& lock_path) {
  if (utimensat(AT_FDCWD, lock_path.c_str(), nullptr, 0) != 0) return ErrnoStatus(errno, lock_path);
  return absl::OkStatus();
}

}  // namespace fovea
