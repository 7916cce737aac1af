#include "common/sqlite/sqlite.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include <exception>

#include "absl/strings/str_cat.h"

namespace fovea {

absl::Status Migrate(SQLite::Database* database, absl::string_view what,
                     const std::vector<const char*>& migrations) {
  try {
    const int newest = static_cast<int>(migrations.size());
    const int have = database->execAndGet("PRAGMA user_version").getInt();
    if (have > newest) {
      return absl::FailedPreconditionError(absl::StrCat(
          what, " ", database->getFilename(), " has version ", have,
          ", this program knows versions up to ", newest,
          "; start the newer fovead that wrote it, or use another data directory"));
    }
    for (int version = have; version < newest; ++version) {
      SQLite::Transaction transaction(*database);
      database->exec(migrations[version]);
      database->exec(absl::StrCat("PRAGMA user_version = ", version + 1));
      transaction.commit();
    }
    return absl::OkStatus();
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("migrating ", what, ": ", error.what()));
  }
}

absl::Status SqliteStatus(absl::string_view what, const SQLite::Exception& error) {
  const std::string message = absl::StrCat(what, ": ", error.what());
  switch (error.getErrorCode()) {
    case SQLITE_FULL: return absl::ResourceExhaustedError(message);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return absl::DataLossError(message);
    default: return absl::InternalError(message);
  }
}

}  // namespace fovea
