// Versions of the answer store's tables.
#pragma once

#include <vector>

namespace fovea {

// One string of statements for each version, for Migrate. Only ever append.
const std::vector<const char*>& AnswerStoreMigrations();

}  // namespace fovea
