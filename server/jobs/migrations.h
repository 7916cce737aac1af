// Versions of the job store's tables.
#pragma once

#include <vector>

namespace fovea {

// One string of statements for each version, for Migrate. Only ever append.
const std::vector<const char*>& JobStoreMigrations();

}  // namespace fovea
