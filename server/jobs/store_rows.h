// The SQL of the job store. Part of store.cc: functions throw SQLite::Exception, which JobStore
// turns into statuses, and the caller holds the store's mutex and, for writes, a transaction.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/jobs/store.h"

namespace fovea {

// A job's row with the number that other tables know it by.
struct NumberedRow {
  int64_t number = 0;
  JobRow row;
};

class StoreRows {
 public:
  // Neither is owned. `default_device` stands for "auto".
  StoreRows(SQLite::Database* database, const std::string& default_device)
      : database_(*database), default_device_(default_device) {}

  std::optional<NumberedRow> Find(const std::string& id) const;
  std::optional<std::string> IdOfRequest(const std::string& request_id) const;
  std::optional<AttemptRow> Attempt(int64_t number, int32_t attempt) const;

  // Returns the new job's number.
  int64_t Insert(const std::string& id, const v1::Job& job);
  // Writes job, lost and attempt back. `requeue`: the job has just become QUEUED.
  void Update(const NumberedRow& row, bool requeue);
  void Append(int64_t number, const v1::JobEvent& event);
  void Remove(int64_t number);

  JobPage List(int64_t before, int limit, const std::vector<v1::JobState>& states) const;
  std::vector<std::string> Ids(const std::vector<v1::JobState>& states) const;
  std::map<std::string, std::string> QueueHeads() const;
  std::map<v1::JobState, int64_t> CountByState() const;
  std::vector<v1::JobEvent> Events(int64_t number, int64_t from_sequence, int limit) const;

 private:
  int64_t QueueEnd() const;    // A queue_order behind all others.
  int64_t QueueFront() const;  // One before all others.

  SQLite::Database& database_;
  const std::string& default_device_;
};

}  // namespace fovea
