#include "server/answers/answer_tables.h"

namespace fovea {
namespace {

// The counts in `tallies` are kept by triggers, in the transaction of each change, so that they are
// those of `answers` at any time, and are there at once after a restart. -1 stands for ungradable in
// `answered`, and for "nobody has said" in `truth`.
constexpr char kVersion1[] = R"sql(
  CREATE TABLE versions (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,     -- models/M/versions/N
    num_classes INTEGER NOT NULL,
    reference   TEXT NOT NULL             -- Predicted classes on the test part: "12 3 0 4 1", or "".
  );

  CREATE TABLE answers (
    number        INTEGER PRIMARY KEY,    -- Order of recording.
    request       TEXT NOT NULL UNIQUE,   -- Hash of the request id.
    version       INTEGER NOT NULL REFERENCES versions(id),
    answered      INTEGER NOT NULL,
    truth         INTEGER NOT NULL DEFAULT -1,
    grader        TEXT NOT NULL DEFAULT '',
    time          INTEGER NOT NULL,       -- Microseconds of Unix time.
    feedback_time INTEGER
  );
  CREATE INDEX answers_by_age ON answers(version, time);

  CREATE TABLE tallies (
    version  INTEGER NOT NULL REFERENCES versions(id),
    answered INTEGER NOT NULL,
    truth    INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (version, answered, truth)
  ) WITHOUT ROWID;

  CREATE TRIGGER answer_added AFTER INSERT ON answers BEGIN
    INSERT INTO tallies VALUES (new.version, new.answered, new.truth, 1)
      ON CONFLICT DO UPDATE SET count = count + 1;
  END;
  CREATE TRIGGER answer_removed AFTER DELETE ON answers BEGIN
    UPDATE tallies SET count = count - 1
      WHERE version = old.version AND answered = old.answered AND truth = old.truth;
  END;
  CREATE TRIGGER answer_graded AFTER UPDATE OF truth ON answers BEGIN
    UPDATE tallies SET count = count - 1
      WHERE version = old.version AND answered = old.answered AND truth = old.truth;
    INSERT INTO tallies VALUES (new.version, new.answered, new.truth, 1)
      ON CONFLICT DO UPDATE SET count = count + 1;
  END;
)sql";

}  // namespace

const std::vector<const char*>& AnswerStoreMigrations() {
  static const auto* const migrations = new std::vector<const char*>{kVersion1};
  return *migrations;
}

}  // namespace fovea
