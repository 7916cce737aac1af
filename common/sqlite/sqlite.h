// What every SQLite file of the server needs: versions of its tables, and statuses for exceptions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace SQLite {
class Database;
class Exception;
}  // namespace SQLite

namespace fovea {

// Brings the database to version migrations.size() (PRAGMA user_version), each step in a
// transaction of its own; migration 0 makes version 1 of an empty file. `what` names the file to
// people, for instance "the job store". FAILED_PRECONDITION when the file is of a newer version,
// INTERNAL when a statement fails; the file then keeps the version that it had.
absl::Status Migrate(SQLite::Database* database, absl::string_view what,
                     const std::vector<const char*>& migrations);

// RESOURCE_EXHAUSTED for a full disk, DATA_LOSS for a damaged file or no database, otherwise
// INTERNAL; "what: reason".
absl::Status SqliteStatus(absl::string_view what, const SQLite::Exception& error);

}  // namespace fovea
