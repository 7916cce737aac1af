#include "server/jobs/migrations.h"

namespace fovea {
namespace {

// Records are serialised protobuf messages (fovea/v1/job.proto); the columns beside them are what
// queries need. Kinds of events are field numbers of JobEvent.event: 6 and 8 are progress.
constexpr char kVersion1[] = R"sql(
  CREATE TABLE jobs (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,  -- Order of creation.
    id          TEXT NOT NULL UNIQUE,
    state       INTEGER NOT NULL,
    device      TEXT NOT NULL,                      -- As asked for: auto, cpu, cuda:N.
    queue_order INTEGER NOT NULL,                   -- Smallest first; may be negative.
    lost        INTEGER NOT NULL DEFAULT 0,         -- Attempts whose trainer was lost.
    request_id  TEXT UNIQUE,
    record      BLOB NOT NULL                       -- fovea.v1.Job
  );
  CREATE INDEX jobs_by_state ON jobs(state, queue_order);

  CREATE TABLE events (
    job      INTEGER NOT NULL REFERENCES jobs(number) ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    payload  BLOB NOT NULL,                         -- fovea.v1.JobEvent
    PRIMARY KEY (job, sequence)
  ) WITHOUT ROWID;
  CREATE INDEX events_of_progress ON events(job, kind) WHERE kind IN (6, 8);

  CREATE TABLE attempts (
    job         INTEGER NOT NULL REFERENCES jobs(number) ON DELETE CASCADE,
    attempt     INTEGER NOT NULL,
    lease       TEXT NOT NULL,
    pid         INTEGER NOT NULL DEFAULT 0,         -- 0: not started.
    pid_start   TEXT NOT NULL DEFAULT '',
    last_report INTEGER NOT NULL DEFAULT 0,
    outcome     BLOB,                               -- fovea.internal.v1.Outcome
    PRIMARY KEY (job, attempt)
  ) WITHOUT ROWID;
)sql";

}  // namespace

const std::vector<const char*>& JobStoreMigrations() {
  static const auto* const migrations = new std::vector<const char*>{kVersion1};
  return *migrations;
}

}  // namespace fovea
