// The durable record of jobs, their events and attempts: one SQLite file.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "fovea/internal/v1/trainer_service.pb.h"
#include "fovea/v1/job.pb.h"

namespace SQLite {
class Database;
}

namespace fovea {

// One run of a trainer for a job.
struct AttemptRow {
  int32_t attempt = 0;  // From 1; 0: there is none.
  std::string lease;
  int64_t pid = 0;        // 0: no process has been recorded.
  std::string pid_start;  // See ProcessId.
  int64_t last_report = 0;
  internal::v1::Outcome outcome;  // KIND_UNSPECIFIED until reported.

  bool has_outcome() const { return outcome.kind() != internal::v1::Outcome::KIND_UNSPECIFIED; }
};

// A job with what only the server knows of it.
struct JobRow {
  v1::Job job;
  int32_t lost = 0;            // Attempts whose trainer was lost.
  bool queue_in_front = false;  // Where a change to QUEUED puts it. Not stored.
  AttemptRow attempt;          // The one numbered job.attempt().
};

struct JobPage {
  std::vector<v1::Job> jobs;
  int64_t next = 0;  // List's `before` of the next page; 0: this was the last.
};

// Thread-safe: one connection, one mutex around it. What a call has answered with OK is on disk
// (WAL, synchronous=FULL). Errors of the database are INTERNAL, or RESOURCE_EXHAUSTED when the disk
// is full. Ids are those of `jobs/{id}`.
class JobStore {
 public:
  // Changes a row and appends events (without job, sequence and time, which the store fills in).
  // An error leaves the store as it was.
  using Change = std::function<absl::Status(JobRow* row, std::vector<v1::JobEvent>* events)>;

  // Opens or makes the file (mode 0600, it holds leases) and migrates it. `default_device` is what
  // "auto" stands for. DATA_LOSS with what to do when the file is damaged or no database;
  // FAILED_PRECONDITION when a newer program wrote it.
  static absl::StatusOr<std::unique_ptr<JobStore>> Open(const std::string& path,
                                                        std::string default_device);
  ~JobStore();

  // Stores a new QUEUED job at the end of the queue under a new id, with the spec, evaluation and
  // request_id of `wanted`. With a request_id that is in use, the job that has it is returned
  // instead and second is false.
  absl::StatusOr<std::pair<v1::Job, bool>> Create(const v1::Job& wanted);

  // The row after `change`, in one transaction. A progress event (of the cache, of a step) takes
  // the place of older ones of its kind. NOT_FOUND for an unknown id.
  absl::StatusOr<JobRow> Mutate(const std::string& id, const Change& change);

  absl::StatusOr<JobRow> GetRow(const std::string& id) const;
  absl::StatusOr<v1::Job> Get(const std::string& id) const;
  // NOT_FOUND when no job was made with it.
  absl::StatusOr<v1::Job> FindByRequestId(const std::string& request_id) const;
  // Any attempt of a job, past ones included. NOT_FOUND for an unknown one.
  absl::StatusOr<AttemptRow> GetAttempt(const std::string& id, int32_t attempt) const;

  // Newest first, only those made before job number `before` (0: all), in `states` (empty: all).
  absl::StatusOr<JobPage> List(int64_t before, int limit,
                               const std::vector<v1::JobState>& states) const;
  absl::StatusOr<std::vector<std::string>> Ids(const std::vector<v1::JobState>& states) const;
  // The first of the queue of every device that has one, by device.
  absl::StatusOr<std::map<std::string, std::string>> QueueHeads() const;
  absl::StatusOr<std::map<v1::JobState, int64_t>> CountByState() const;

  // Events with at least this sequence number, at most `limit`, ascending. NOT_FOUND for an
  // unknown job.
  absl::StatusOr<std::vector<v1::JobEvent>> ReadEvents(const std::string& id, int64_t from_sequence,
                                                       int limit) const;

  // Removes a terminal job with its events. FAILED_PRECONDITION for any other.
  absl::Status Delete(const std::string& id);

 private:
  JobStore(std::unique_ptr<SQLite::Database> database, std::string default_device);

  const std::string default_device_;
  mutable absl::Mutex mutex_;
  const std::unique_ptr<SQLite::Database> database_ ABSL_PT_GUARDED_BY(mutex_);
};

}  // namespace fovea
