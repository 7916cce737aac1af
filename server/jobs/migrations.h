// Versions of the job store's tables.
#pragma once

#include <vector>

#include "absl/status/status.h"

namespace SQLite {
class Database;
}

namespace fovea {

// One string of statements for each version, the first of which makes version 1 of an empty file.
// Only ever append.
const std::vector<const char*>& JobStoreMigrations();

// Brings the database to version migrations.size() (PRAGMA user_version), each step in a
// transaction of its own. FAILED_PRECONDITION when the file is of a newer version, INTERNAL when a
// statement fails; the file then keeps the version that it had.
absl::Status Migrate(SQLite::Database* database, const std::vector<const char*>& migrations);

}  // namespace fovea
