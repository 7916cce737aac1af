#include "common/sqlite/sqlite.h"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea {
namespace {

using testing::HasSubstr;

TEST(MigrateTest, StepsAreKeptUpToTheOneThatFails) {
  SQLite::Database database(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  EXPECT_TRUE(Migrate(&database, "the store", {"CREATE TABLE a(x)"}).ok());
  EXPECT_FALSE(
      Migrate(&database, "the store", {"", "CREATE TABLE b(x)", "CREATE TABLE a(x)"}).ok());
  EXPECT_EQ(database.execAndGet("PRAGMA user_version").getInt(), 2);
  EXPECT_TRUE(database.tableExists("b"));
}

TEST(MigrateTest, RefusesAFileOfANewerProgram) {
  SQLite::Database database(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec("PRAGMA user_version = 7");
  const absl::Status status = Migrate(&database, "the store", {"CREATE TABLE a(x)"});
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("the store :memory: has version 7"));
}

}  // namespace
}  // namespace fovea
