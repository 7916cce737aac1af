#include "server/jobs/store.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fcntl.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/file.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/sqlite/sqlite.h"
#include "server/jobs/migrations.h"
#include "server/jobs/store_rows.h"
#include "server/jobs/transitions.h"

namespace fovea {
namespace {

constexpr int kBusyTimeoutMs = 10'000;

absl::Status Damaged(const std::string& path, absl::string_view what) {
  return absl::DataLossError(absl::StrCat(
      "the job store ", path, " is damaged or no database (", what,
      "); restore it from a backup, or move it and the files beside it (-wal, -shm) away to begin "
      "with no jobs: models and data sets are kept elsewhere and stay"));
}

absl::Status UnknownJob(const std::string& id) {
  return absl::NotFoundError(absl::StrCat("there is no job ", JobName(id)));
}

// Gives the events their job, time and numbers after `last`, writes them, and returns the last.
int64_t AppendEvents(StoreRows& rows, int64_t number, const std::string& job, int64_t last,
                     std::vector<v1::JobEvent>* events) {
  for (v1::JobEvent& event : *events) {
    event.set_job(job);
    event.set_sequence(++last);
    if (!event.has_time()) *event.mutable_time() = ToTimestamp(absl::Now());
    rows.Append(number, event);
  }
  return last;
}

// Runs `body` with its exceptions turned into statuses.
template <typename Body>
auto Guarded(Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const SQLite::Exception& error) {
    return SqliteStatus("job store", error);
  }
}

// Settings of the connection, and a check of the file.
absl::Status Prepare(SQLite::Database* database) {
  database->setBusyTimeout(kBusyTimeoutMs);
  database->exec("PRAGMA foreign_keys = ON");
  database->exec("PRAGMA synchronous = FULL");
  database->execAndGet("PRAGMA journal_mode = WAL");
  const std::string check = database->execAndGet("PRAGMA quick_check(1)").getString();
  if (check != "ok") return Damaged(database->getFilename(), check);
  return Migrate(database, "the job store", JobStoreMigrations());
}

}  // namespace

absl::StatusOr<std::unique_ptr<JobStore>> JobStore::Open(const std::string& path,
                                                         std::string default_device) {
  // SQLite gives -wal and -shm the mode of the file.
  const FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.valid()) return Annotate(ErrnoStatus(errno, path), "opening the job store");
  try {
    auto database = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE);
    FOVEA_RETURN_IF_ERROR(Prepare(database.get()));
    return std::unique_ptr<JobStore>(new JobStore(std::move(database), std::move(default_device)));
  } catch (const SQLite::Exception& error) {
    const absl::Status status = SqliteStatus("job store", error);
    return absl::IsDataLoss(status) ? Damaged(path, error.what()) : status;
  }
}

JobStore::JobStore(std::unique_ptr<SQLite::Database> database, std::string default_device)
    : default_device_(std::move(default_device)), database_(std::move(database)) {}

JobStore::~JobStore() = default;

absl::StatusOr<std::pair<v1::Job, bool>> JobStore::Create(const v1::Job& wanted) {
  using Result = absl::StatusOr<std::pair<v1::Job, bool>>;
  absl::MutexLock lock(&mutex_);
  return Guarded([&]() -> Result {
    mutex_.AssertHeld();
    StoreRows rows(database_.get(), default_device_);
    if (!wanted.request_id().empty()) {
      const std::optional<std::string> used = rows.IdOfRequest(wanted.request_id());
      if (used) return std::make_pair(rows.Find(*used).value().row.job, false);
    }
    const std::string id = MakeId("j");
    std::vector<v1::JobEvent> events;
    JobRow row = NewJob(JobName(id), wanted, &events);
    SQLite::Transaction transaction(*database_);
    const int64_t number = rows.Insert(id, row.job);
    row.job.set_last_sequence(AppendEvents(rows, number, row.job.name(), 0, &events));
    rows.Update({number, row}, false);
    transaction.commit();
    return std::make_pair(rows.Find(id).value().row.job, true);
  });
}

absl::StatusOr<JobRow> JobStore::Mutate(const std::string& id, const Change& change) {
  absl::MutexLock lock(&mutex_);
  return Guarded([&]() -> absl::StatusOr<JobRow> {
    mutex_.AssertHeld();
    StoreRows rows(database_.get(), default_device_);
    SQLite::Transaction transaction(*database_);
    std::optional<NumberedRow> found = rows.Find(id);
    if (!found) return UnknownJob(id);
    const v1::JobState before = found->row.job.state();
    std::vector<v1::JobEvent> events;
    FOVEA_RETURN_IF_ERROR(change(&found->row, &events));
    v1::Job& job = found->row.job;
    job.set_last_sequence(
        AppendEvents(rows, found->number, job.name(), job.last_sequence(), &events));
    const bool requeue = job.state() == v1::JOB_STATE_QUEUED && before != v1::JOB_STATE_QUEUED;
    rows.Update(*found, requeue);
    transaction.commit();
    return rows.Find(id).value().row;
  });
}

absl::StatusOr<JobRow> JobStore::GetRow(const std::string& id) const {
  absl::MutexLock lock(&mutex_);
  return Guarded([&]() -> absl::StatusOr<JobRow> {
    mutex_.AssertHeld();
    std::optional<NumberedRow> found = StoreRows(database_.get(), default_device_).Find(id);
    if (!found) return UnknownJob(id);
    return std::move(found->row);
  });
}

absl::StatusOr<v1::Job> JobStore::Get(const std::string& id) const {
  FOVEA_ASSIGN_OR_RETURN(JobRow row, GetRow(id));
  return std::move(row.job);
}

absl::StatusOr<v1::Job> JobStore::FindByRequestId(const std::string& request_id) const {
  absl::MutexLock lock(&mutex_);
  return Guarded([&]() -> absl::StatusOr<v1::Job> {
    mutex_.AssertHeld();
    const StoreRows rows(database_.get(), default_device_);
    const std::optional<std::string> id = rows.IdOfRequest(request_id);
    if (!id) return absl::NotFoundError("no job was made with this request_id");
    return rows.Find(*id).value().row.job;
  });
}

absl::StatusOr<AttemptRow> JobStore::GetAttempt(const std::string& id, int32_t attempt) const {
  absl::MutexLock lock(&mutex_);
  return Guarded([&]() -> absl::StatusOr<AttemptRow> {
    mutex_.AssertHeld();
    const StoreRows rows(database_.get(), default_device_);
    const std::optional<NumberedRow> job = rows.Find(id);
    if (!job) return UnknownJob(id);
    std::optional<AttemptRow> found = rows.Attempt(job->number, attempt);
    if (!found) return absl::NotFoundError(absl::StrCat(JobName(id), " has no such attempt"));
    return *std::move(found);
  });
}

absl::StatusOr<JobPage> JobStore::List(int64_t before, int limit,
                                       const std::vector<v1::JobState>& states) const {
  absl::MutexLock lock(&mutex_);
  return Guarded([&]() -> absl::StatusOr<JobPage> {
    mutex_.AssertHeld();
    return StoreRows(database_.get(), default_device_).List(before, limit, states);
  });
}

absl::StatusOr<std::vector<std::string>> JobStore::Ids(
    const std::vector<v1::JobState>& states) const {
  absl::MutexLock lock(&mutex_);
  return Guarded([&]() -> absl::StatusOr<std::vector<std::string>> {
    mutex_.AssertHeld();
    return StoreRows(database_.get(), default_device_).Ids(states);
  });
}

absl::StatusOr<std::map<std::string, std::string>> JobStore::QueueHeads() const {
  absl::MutexLock lock(&mutex_);
  return Guarded([&]() -> absl::StatusOr<std::map<std::string, std::string>> {
    mutex_.AssertHeld();
    return StoreRows(database_.get(), default_device_).QueueHeads();
  });
}

absl::StatusOr<std::map<v1::JobState, int64_t>> JobStore::CountByState() const {
  absl::MutexLock lock(&mutex_);
  return Guarded([&]() -> absl::StatusOr<std::map<v1::JobState, int64_t>> {
    mutex_.AssertHeld();
    return StoreRows(database_.get(), default_device_).CountByState();
  });
}

absl::StatusOr<std::vector<v1::JobEvent>> JobStore::ReadEvents(const std::string& id,
                                                               int64_t from_sequence,
                                                               int limit) const {
  absl::MutexLock lock(&mutex_);
  return Guarded([&]() -> absl::StatusOr<std::vector<v1::JobEvent>> {
    mutex_.AssertHeld();
    const StoreRows rows(database_.get(), default_device_);
    const std::optional<NumberedRow> job = rows.Find(id);
    if (!job) return UnknownJob(id);
    return rows.Events(job->number, from_sequence, limit);
  });
}

absl::Status JobStore::Delete(const std::string& id) {
  absl::MutexLock lock(&mutex_);
  return Guarded([&]() -> absl::Status {
    mutex_.AssertHeld();
    StoreRows rows(database_.get(), default_device_);
    SQLite::Transaction transaction(*database_);
    const std::optional<NumberedRow> found = rows.Find(id);
    if (!found) return UnknownJob(id);
    if (!IsTerminal(found->row.job.state())) {
      return absl::FailedPreconditionError(
          absl::StrCat(JobName(id), " is ", StateName(found->row.job.state()),
                       "; cancel it and wait until it has ended, then delete it"));
    }
    rows.Remove(found->number);
    transaction.commit();
    return absl::OkStatus();
  });
}

}  // namespace fovea
