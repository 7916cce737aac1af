// Keeps the folder of preprocessing caches under its limit.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace fovea {

// Removes caches, the least recently used first, until the folder's caches have at most `limit`
// bytes together (0 or less: no limit). Caches that some process holds a lock on stay, that of the
// caller included; so the folder can stay above the limit, in which case the rest is what is in use.
absl::Status EvictCaches(const std::string& dir, int64_t limit);

// Makes the cache of this lock file the most recently used one.
absl::Status TouchCache(const std::string& lock_path);

}  // namespace fovea
