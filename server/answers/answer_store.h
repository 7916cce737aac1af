// The durable record of answers and feedback: one SQLite file of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/answers/answer.h"

namespace SQLite {
class Database;
}

namespace fovea {

// A version as the store keeps it with its first answer: that lasts when the version is deleted.
struct AnsweringVersion {
  std::string name;
  int num_classes = 0;
  std::vector<int64_t> reference;  // As in AnswerTally.
};

// What one round of pruning did.
struct Pruned {
  int64_t answers = 0;                // Removed, `limit` at most.
  std::vector<std::string> versions;  // Whose tallies have changed.
};

// Thread-safe: one connection, one mutex around it. What a call has answered with OK is on disk
// (WAL, synchronous=FULL). Request ids are stored as hashes, so that ids which callers made of names
// do not end up here. Errors of the database are INTERNAL, or RESOURCE_EXHAUSTED when the disk is
// full.
class AnswerStore {
 public:
  // Opens or makes the file (mode 0600) and migrates it. DATA_LOSS when it is damaged or no
  // database; FAILED_PRECONDITION when a newer program wrote it.
  static absl::StatusOr<std::unique_ptr<AnswerStore>> Open(const std::string& path);
  ~AnswerStore();

  // Whether AddVersion has been called for it, in this process or an earlier one.
  absl::StatusOr<bool> HasVersion(const std::string& name) const;
  absl::Status AddVersion(const AnsweringVersion& version);

  // All in one transaction; their versions must have been added. Of answers with equal request ids
  // the last one is kept, without feedback for those before it.
  absl::Status Add(const std::vector<Answer>& answers);

  // NOT_FOUND for an unknown request id, INVALID_ARGUMENT for a grade that the version does not have,
  // FAILED_PRECONDITION for an answer without a grade.
  absl::StatusOr<GradedAnswer> SetFeedback(const Feedback& feedback, absl::Time now);

  // Nothing for a version of which no answer is kept.
  absl::StatusOr<std::optional<AnswerTally>> Tally(const std::string& version) const;
  // Names of the versions of which answers are kept.
  absl::StatusOr<std::vector<std::string>> Versions() const;

  // Removes up to `limit` answers, with their feedback, that are older than `oldest`, or the oldest
  // ones of more than `most`.
  absl::StatusOr<Pruned> Prune(absl::Time oldest, int64_t most, int limit);

 private:
  explicit AnswerStore(std::unique_ptr<SQLite::Database> database);

  mutable absl::Mutex mutex_;
  const std::unique_ptr<SQLite::Database> database_ ABSL_PT_GUARDED_BY(mutex_);
};

}  // namespace fovea
