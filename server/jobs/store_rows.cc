#include "server/jobs/store_rows.h"

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/names.h"

namespace fovea {
namespace {

// `device` of the table jobs with "auto" resolved; takes one parameter.
constexpr char kResolvedDevice[] = "(CASE device WHEN 'auto' THEN ? ELSE device END)";

// The columns that ReadJob reads. Takes one parameter, the default device.
std::string JobColumns() {
  return absl::StrCat(
      "number, lost, record, CASE state WHEN ", static_cast<int>(v1::JOB_STATE_QUEUED),
      " THEN (WITH own(d) AS (SELECT ?1) SELECT COUNT(*) FROM jobs AS q, own"
      " WHERE q.state = jobs.state AND q.queue_order <= jobs.queue_order"
      " AND (CASE q.device WHEN 'auto' THEN d ELSE q.device END) ="
      " (CASE jobs.device WHEN 'auto' THEN d ELSE jobs.device END)) ELSE 0 END");
}

template <typename Message>
Message ReadMessage(const SQLite::Column& column) {
  Message message;
  if (!message.ParseFromArray(column.getBlob(), column.getBytes())) {
    throw SQLite::Exception("a record cannot be read: the file is damaged");
  }
  return message;
}

void BindMessage(SQLite::Statement& statement, int index, const google::protobuf::Message& message) {
  const std::string bytes = message.SerializeAsString();
  statement.bind(index, static_cast<const void*>(bytes.data()), static_cast<int>(bytes.size()));
}

std::string StateList(const std::vector<v1::JobState>& states) {
  return absl::StrCat("(", absl::StrJoin(states, ",", [](std::string* out, v1::JobState state) {
                        absl::StrAppend(out, static_cast<int>(state));
                      }), ")");
}

NumberedRow ReadJob(SQLite::Statement& query) {
  NumberedRow result;
  result.number = query.getColumn(0).getInt64();
  result.row.lost = query.getColumn(1).getInt();
  result.row.job = ReadMessage<v1::Job>(query.getColumn(2));
  result.row.job.set_queue_position(query.getColumn(3).getInt());
  return result;
}

// The record as it is stored: the place in the queue is counted when it is read.
v1::Job StoredJob(const v1::Job& job) {
  v1::Job stored = job;
  stored.clear_queue_position();
  return stored;
}

}  // namespace

std::optional<NumberedRow> StoreRows::Find(const std::string& id) const {
  SQLite::Statement query(database_,
                          absl::StrCat("SELECT ", JobColumns(), " FROM jobs WHERE id = ?2"));
  query.bind(1, default_device_);
  query.bind(2, id);
  if (!query.executeStep()) return std::nullopt;
  NumberedRow result = ReadJob(query);
  if (result.row.job.attempt() > 0) {
    result.row.attempt = Attempt(result.number, result.row.job.attempt()).value_or(AttemptRow());
  }
  return result;
}

std::optional<std::string> StoreRows::IdOfRequest(const std::string& request_id) const {
  SQLite::Statement query(database_, "SELECT id FROM jobs WHERE request_id = ?");
  query.bind(1, request_id);
  if (!query.executeStep()) return std::nullopt;
  return query.getColumn(0).getString();
}

std::optional<AttemptRow> StoreRows::Attempt(int64_t number, int32_t attempt) const {
  SQLite::Statement query(database_,
                          "SELECT lease, pid, pid_start, last_report, outcome FROM attempts"
                          " WHERE job = ? AND attempt = ?");
  query.bind(1, number);
  query.bind(2, attempt);
  if (!query.executeStep()) return std::nullopt;
  AttemptRow row;
  row.attempt = attempt;
  row.lease = query.getColumn(0).getString();
  row.pid = query.getColumn(1).getInt64();
  row.pid_start = query.getColumn(2).getString();
  row.last_report = query.getColumn(3).getInt64();
  if (!query.getColumn(4).isNull()) {
    row.outcome = ReadMessage<internal::v1::Outcome>(query.getColumn(4));
  }
  return row;
}

int64_t StoreRows::QueueEnd() const {
  return database_.execAndGet("SELECT COALESCE(MAX(queue_order), 0) + 1 FROM jobs").getInt64();
}

int64_t StoreRows::QueueFront() const {
  return database_.execAndGet("SELECT COALESCE(MIN(queue_order), 0) - 1 FROM jobs").getInt64();
}

int64_t StoreRows::Insert(const std::string& id, const v1::Job& job) {
  SQLite::Statement insert(database_,
                           "INSERT INTO jobs(id, state, device, queue_order, request_id, record)"
                           " VALUES(?, ?, ?, ?, ?, ?)");
  insert.bind(1, id);
  insert.bind(2, static_cast<int>(job.state()));
  insert.bind(3, job.spec().device());
  insert.bind(4, QueueEnd());
  if (!job.request_id().empty()) insert.bind(5, job.request_id());
  BindMessage(insert, 6, StoredJob(job));
  insert.exec();
  return database_.getLastInsertRowid();
}

void StoreRows::Update(const NumberedRow& changed, bool requeue) {
  const JobRow& row = changed.row;
  SQLite::Statement update(database_,
                           "UPDATE jobs SET state = ?, lost = ?, record = ?,"
                           " queue_order = COALESCE(?, queue_order) WHERE number = ?");
  update.bind(1, static_cast<int>(row.job.state()));
  update.bind(2, row.lost);
  BindMessage(update, 3, StoredJob(row.job));
  if (requeue) update.bind(4, row.queue_in_front ? QueueFront() : QueueEnd());
  update.bind(5, changed.number);
  update.exec();
  if (row.attempt.attempt == 0) return;

  SQLite::Statement attempt(database_,
                            "INSERT INTO attempts(job, attempt, lease, pid, pid_start, last_report,"
                            " outcome) VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                            " lease = excluded.lease, pid = excluded.pid,"
                            " pid_start = excluded.pid_start, last_report = excluded.last_report,"
                            " outcome = excluded.outcome");
  attempt.bind(1, changed.number);
  attempt.bind(2, row.attempt.attempt);
  attempt.bind(3, row.attempt.lease);
  attempt.bind(4, row.attempt.pid);
  attempt.bind(5, row.attempt.pid_start);
  attempt.bind(6, row.attempt.last_report);
  if (row.attempt.has_outcome()) BindMessage(attempt, 7, row.attempt.outcome);
  attempt.exec();
}

void StoreRows::Append(int64_t number, const v1::JobEvent& event) {
  const int kind = event.event_case();
  if (kind == v1::JobEvent::kCacheProgress || kind == v1::JobEvent::kStepProgress) {
    // The constant list lets the query use the partial index.
    SQLite::Statement compact(database_,
                              "DELETE FROM events WHERE job = ? AND kind = ? AND kind IN (6, 8)");
    compact.bind(1, number);
    compact.bind(2, kind);
    compact.exec();
  }
  SQLite::Statement insert(
      database_, "INSERT INTO events(job, sequence, kind, payload) VALUES(?, ?, ?, ?)");
  insert.bind(1, number);
  insert.bind(2, event.sequence());
  insert.bind(3, kind);
  BindMessage(insert, 4, event);
  insert.exec();
}

void StoreRows::Remove(int64_t number) {
  SQLite::Statement remove(database_, "DELETE FROM jobs WHERE number = ?");
  remove.bind(1, number);
  remove.exec();
}

JobPage StoreRows::List(int64_t before, int limit, const std::vector<v1::JobState>& states) const {
  const std::string filter =
      states.empty() ? "" : absl::StrCat(" AND state IN ", StateList(states));
  SQLite::Statement query(
      database_, absl::StrCat("SELECT ", JobColumns(), " FROM jobs WHERE number < ?2", filter,
                              " ORDER BY number DESC LIMIT ?3"));
  query.bind(1, default_device_);
  query.bind(2, before > 0 ? before : std::numeric_limits<int64_t>::max());
  query.bind(3, limit + 1);  // One more tells whether there is a next page.
  JobPage page;
  int64_t last = 0;
  while (query.executeStep()) {
    if (static_cast<int>(page.jobs.size()) == limit) {
      page.next = last;
      break;
    }
    NumberedRow row = ReadJob(query);
    last = row.number;
    page.jobs.push_back(std::move(row.row.job));
  }
  return page;
}

std::vector<std::string> StoreRows::Ids(const std::vector<v1::JobState>& states) const {
  SQLite::Statement query(
      database_, absl::StrCat("SELECT id FROM jobs",
                              states.empty() ? "" : " WHERE state IN " + StateList(states),
                              " ORDER BY number"));
  std::vector<std::string> ids;
  while (query.executeStep()) ids.push_back(query.getColumn(0).getString());
  return ids;
}

std::map<std::string, std::string> StoreRows::QueueHeads() const {
  // SQLite takes the bare column id from the row with the minimum.
  SQLite::Statement query(
      database_, absl::StrCat("SELECT ", kResolvedDevice, " AS d, id, MIN(queue_order) FROM jobs"
                              " WHERE state = ", static_cast<int>(v1::JOB_STATE_QUEUED),
                              " GROUP BY d"));
  query.bind(1, default_device_);
  std::map<std::string, std::string> heads;
  while (query.executeStep()) {
    heads[query.getColumn(0).getString()] = query.getColumn(1).getString();
  }
  return heads;
}

std::map<v1::JobState, int64_t> StoreRows::CountByState() const {
  SQLite::Statement query(database_, "SELECT state, COUNT(*) FROM jobs GROUP BY state");
  std::map<v1::JobState, int64_t> counts;
  while (query.executeStep()) {
    counts[static_cast<v1::JobState>(query.getColumn(0).getInt())] = query.getColumn(1).getInt64();
  }
  return counts;
}

std::vector<v1::JobEvent> StoreRows::Events(int64_t number, int64_t from_sequence,
                                            int limit) const {
  SQLite::Statement query(database_,
                          "SELECT payload FROM events WHERE job = ? AND sequence >= ?"
                          " ORDER BY sequence LIMIT ?");
  query.bind(1, number);
  query.bind(2, from_sequence);
  query.bind(3, limit);
  std::vector<v1::JobEvent> events;
  while (query.executeStep()) events.push_back(ReadMessage<v1::JobEvent>(query.getColumn(0)));
  return events;
}

}  // namespace fovea
