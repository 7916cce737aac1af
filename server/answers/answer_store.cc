#include "server/answers/answer_store.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/file.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "common/sqlite/sqlite.h"
#include "server/answers/answer_tables.h"

namespace fovea {
namespace {

constexpr int kBusyTimeoutMs = 10'000;
constexpr size_t kHashDigits = 32;  // 128 bits.
constexpr int kUnknown = -1;        // Of `truth`.

// Runs `body` with its exceptions turned into statuses.
template <typename Body>
auto Guarded(Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const SQLite::Exception& error) {
    return SqliteStatus("answer store", error);
  }
}

std::string HashOf(const std::string& request_id) {
  return Sha256Hex(request_id).substr(0, kHashDigits);
}

std::vector<int64_t> ParseCounts(const std::string& text) {
  std::vector<int64_t> counts;
  for (const absl::string_view part : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    counts.emplace_back();
    if (!absl::SimpleAtoi(part, &counts.back())) return {};
  }
  return counts;
}

absl::Status Prepare(SQLite::Database* database) {
  database->setBusyTimeout(kBusyTimeoutMs);
  database->exec("PRAGMA foreign_keys = ON");
  database->exec("PRAGMA synchronous = FULL");
  database->exec("PRAGMA secure_delete = ON");  // What was pruned is not left on free pages.
  database->execAndGet("PRAGMA journal_mode = WAL");
  const std::string check = database->execAndGet("PRAGMA quick_check(1)").getString();
  if (check != "ok") return absl::DataLossError(absl::StrCat("answer store: ", check));
  return Migrate(database, "the answer store", AnswerStoreMigrations());
}

// Removes the oldest answers of a version that were given before `oldest`.
int PruneOld(SQLite::Database& database, int64_t version, absl::Time oldest, int limit) {
  SQLite::Statement statement(
      database, "DELETE FROM answers WHERE number IN (SELECT number FROM answers"
                " WHERE version = ? AND time < ? ORDER BY time LIMIT ?)");
  statement.bind(1, version);
  statement.bind(2, absl::ToUnixMicros(oldest));
  statement.bind(3, limit);
  return statement.exec();
}

// Removes the answers that were recorded first.
int PruneFirst(SQLite::Database& database, int64_t count) {
  SQLite::Statement statement(
      database,
      "DELETE FROM answers WHERE number IN (SELECT number FROM answers ORDER BY number LIMIT ?)");
  statement.bind(1, count);
  return statement.exec();
}

std::vector<std::pair<int64_t, std::string>> ReadVersions(SQLite::Database& database) {
  SQLite::Statement query(
      database, "SELECT id, name FROM versions WHERE EXISTS(SELECT 1 FROM tallies"
                " WHERE version = id AND count > 0) ORDER BY id");
  std::vector<std::pair<int64_t, std::string>> versions;
  while (query.executeStep()) {
    versions.emplace_back(query.getColumn(0).getInt64(), query.getColumn(1).getString());
  }
  return versions;
}

// Adds the counts of version `id` to `tally`; how many answers there are.
int64_t AddCounts(SQLite::Database& database, int64_t id, AnswerTally* tally) {
  const int classes = tally->num_classes;
  tally->answered.assign(classes, 0);
  tally->confusion.assign(static_cast<size_t>(classes) * classes, 0);
  SQLite::Statement query(
      database, "SELECT answered, truth, count FROM tallies WHERE version = ? AND count > 0");
  query.bind(1, id);
  int64_t total = 0;
  while (query.executeStep()) {
    const int answered = query.getColumn(0).getInt();
    const int truth = query.getColumn(1).getInt();
    const int64_t count = query.getColumn(2).getInt64();
    total += count;
    if (answered == kUngradable) {
      tally->ungradable += count;
      continue;
    }
    if (answered >= classes || truth >= classes) continue;
    tally->answered[answered] += count;
    if (truth != kUnknown) tally->confusion[truth * classes + answered] += count;
  }
  return total;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AnswerStore>> AnswerStore::Open(const std::string& path) {
  // SQLite gives -wal and -shm the mode of the file.
  const FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.valid()) return Annotate(ErrnoStatus(errno, path), "opening the answer store");
  return Guarded([&]() -> absl::StatusOr<std::unique_ptr<AnswerStore>> {
    auto database = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE);
    FOVEA_RETURN_IF_ERROR(Prepare(database.get()));
    return std::unique_ptr<AnswerStore>(new AnswerStore(std::move(database)));
  });
}

AnswerStore::AnswerStore(std::unique_ptr<SQLite::Database> database)
    : database_(std::move(database)) {}

AnswerStore::~AnswerStore() = default;

absl::StatusOr<bool> AnswerStore::HasVersion(const std::string& name) const {
  absl::MutexLock lock(&mutex_);
  return Guarded([&]() -> absl::StatusOr<bool> {
    mutex_.AssertHeld();
    SQLite::Statement query(*database_, "SELECT 1 FROM versions WHERE name = ?");
    query.bind(1, name);
    return query.executeStep();
  });
}

absl::Status AnswerStore::AddVersion(const AnsweringVersion& version) {
  absl::MutexLock lock(&mutex_);
  return Guarded([&]() -> absl::Status {
    mutex_.AssertHeld();
    SQLite::Statement insert(*database_,
                             "INSERT INTO versions(name, num_classes, reference) VALUES(?, ?, ?)"
                             " ON CONFLICT DO NOTHING");
    insert.bind(1, version.name);
    insert.bind(2, version.num_classes);
    insert.bind(3, absl::StrJoin(version.reference, " "));
    insert.exec();
    return absl::OkStatus();
  });
}

absl::Status AnswerStore::Add(const std::vector<Answer>& answers) {
  absl::MutexLock lock(&mutex_);
  return Guarded([&]() -> absl::Status {
    mutex_.AssertHeld();
    SQLite::Transaction transaction(*database_);
    SQLite::Statement remove(*database_, "DELETE FROM answers WHERE request = ?");
    SQLite::Statement insert(*database_,
                             "INSERT INTO answers(request, version, answered, time)"
                             " SELECT ?, id, ?, ? FROM versions WHERE name = ?");
    for (const Answer& answer : answers) {
      const std::string request = HashOf(answer.request_id);
      remove.bind(1, request);
      remove.exec();
      remove.reset();
      insert.bind(1, request);
      insert.bind(2, answer.grade);
      insert.bind(3, absl::ToUnixMicros(answer.time));
      insert.bind(4, answer.version);
      insert.exec();
      insert.reset();
    }
    transaction.commit();
    return absl::OkStatus();
  });
}

absl::StatusOr<GradedAnswer> AnswerStore::SetFeedback(const Feedback& feedback, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  return Guarded([&]() -> absl::StatusOr<GradedAnswer> {
    mutex_.AssertHeld();
    SQLite::Transaction transaction(*database_);
    SQLite::Statement find(*database_,
                           "SELECT number, name, answered, num_classes FROM answers"
                           " JOIN versions ON versions.id = version WHERE request = ?");
    find.bind(1, HashOf(feedback.request_id));
    if (!find.executeStep()) {
      return absl::NotFoundError(
          "request_id: the server keeps no answer of this id; it was never given, or is older than "
          "the server keeps answers");
    }
    const GradedAnswer answer = {find.getColumn(1).getString(), find.getColumn(2).getInt(),
                                 feedback.true_grade};
    const int classes = find.getColumn(3).getInt();
    if (feedback.true_grade < 0 || feedback.true_grade >= classes) {
      return FieldError("true_grade", absl::StrCat("is ", feedback.true_grade, ", allowed are 0 to ",
                                                   classes - 1, ", the classes of ",
                                                   answer.version));
    }
    if (answer.answered == kUngradable) {
      return absl::FailedPreconditionError(
          "request_id: the quality gate refused this photograph, so the answer has no grade that "
          "could be right or wrong; with grade_anyway it would have one");
    }
    SQLite::Statement update(
        *database_,
        "UPDATE answers SET truth = ?, grader = ?, feedback_time = ? WHERE number = ?");
    update.bind(1, feedback.true_grade);
    update.bind(2, feedback.grader);
    update.bind(3, absl::ToUnixMicros(now));
    update.bind(4, find.getColumn(0).getInt64());
    update.exec();
    transaction.commit();
    return answer;
  });
}

absl::StatusOr<std::optional<AnswerTally>> AnswerStore::Tally(const std::string& version) const {
  using Result = absl::StatusOr<std::optional<AnswerTally>>;
  absl::MutexLock lock(&mutex_);
  return Guarded([&]() -> Result {
    mutex_.AssertHeld();
    SQLite::Statement query(*database_,
                            "SELECT id, num_classes, reference,"
                            " (SELECT MIN(time) FROM answers WHERE version = id)"
                            " FROM versions WHERE name = ?");
    query.bind(1, version);
    if (!query.executeStep()) return std::nullopt;
    AnswerTally tally;
    tally.version = version;
    tally.num_classes = query.getColumn(1).getInt();
    tally.reference = ParseCounts(query.getColumn(2).getString());
    tally.since = absl::FromUnixMicros(query.getColumn(3).getInt64());
    if (AddCounts(*database_, query.getColumn(0).getInt64(), &tally) == 0) return std::nullopt;
    return tally;
  });
}

absl::StatusOr<std::vector<std::string>> AnswerStore::Versions() const {
  absl::MutexLock lock(&mutex_);
  return Guarded([&]() -> absl::StatusOr<std::vector<std::string>> {
    mutex_.AssertHeld();
    std::vector<std::string> names;
    for (auto& [id, name] : ReadVersions(*database_)) names.push_back(std::move(name));
    return names;
  });
}

absl::StatusOr<Pruned> AnswerStore::Prune(absl::Time oldest, int64_t most, int limit) {
  absl::MutexLock lock(&mutex_);
  return Guarded([&]() -> absl::StatusOr<Pruned> {
    mutex_.AssertHeld();
    Pruned pruned;
    SQLite::Transaction transaction(*database_);
    const auto versions = ReadVersions(*database_);
    for (const auto& [id, name] : versions) {
      const int removed = PruneOld(*database_, id, oldest, limit - static_cast<int>(pruned.answers));
      pruned.answers += removed;
      if (removed > 0) pruned.versions.push_back(name);
    }
    const int64_t left =
        database_->execAndGet("SELECT COALESCE(SUM(count), 0) FROM tallies").getInt64();
    const int64_t room = limit - pruned.answers;
    if (left > most && room > 0) {
      pruned.answers += PruneFirst(*database_, std::min(left - most, room));
      pruned.versions.clear();  // Of any version.
      for (const auto& [id, name] : versions) pruned.versions.push_back(name);
    }
    if (pruned.answers > 0) database_->exec("DELETE FROM tallies WHERE count = 0");
    transaction.commit();
    return pruned;
  });
}

}  // namespace fovea
