// Records answers without making classification wait, and feedback on them.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/thread.h"
#include "server/answers/answer_store.h"
#include "server/metrics/metrics.h"

namespace fovea {

struct AnswerOptions {
  std::string path;  // Of the database.
  // What is kept: answers of so many days, and so many at most. Either is 0: nothing is recorded, and
  // what was recorded before is removed.
  double days = 90;
  int64_t most = 1'000'000;
  // Answers that may wait to be written; more are dropped, and counted.
  size_t queue = 10'000;
};

// How often a version predicted each class on the test part of its training; empty: unknown. Called
// once a version, on the recorder's thread.
using TestPredictions = std::function<std::vector<int64_t>(const std::string& version)>;

// Thread-safe. A thread of its own writes what waits, in batches: at the latest kLinger after the
// first of a batch, at once when somebody asks about answers. A crash loses no more than that; a
// destructor loses nothing. The same thread removes what is too old, a little at a time between the
// batches.
class AnswerRecorder {
 public:
  // `metrics` outlives it. A damaged database is put aside and a new one begun: answers are not worth
  // a server that does not start. FAILED_PRECONDITION when a newer program wrote it.
  static absl::StatusOr<std::unique_ptr<AnswerRecorder>> Open(const AnswerOptions& options,
                                                              TestPredictions test_predictions,
                                                              Metrics* metrics);
  ~AnswerRecorder();

  // Never waits and never fails: where there is no room, the answer is dropped and counted.
  void Record(Answer answer);

  // Of any answer that was recorded before the call: waits until it is written, some seconds at most
  // (then UNAVAILABLE). As AnswerStore::SetFeedback; NOT_FOUND also when nothing is recorded.
  absl::StatusOr<GradedAnswer> SubmitFeedback(const Feedback& feedback);

  // Over all that was recorded before the call; nothing where no answer of the version is kept.
  std::optional<AnswerTally> Tally(const std::string& version);

 private:
  // `store` is null when nothing is recorded.
  AnswerRecorder(const AnswerOptions& options, TestPredictions test_predictions, Metrics* metrics,
                 std::unique_ptr<AnswerStore> store);

  void Run();
  // What is to be written next, maybe nothing; unset when it is over.
  std::optional<std::vector<Answer>> NextBatch();
  absl::Status Write(const std::vector<Answer>& batch);
  // The first answer of a version brings what is stored of it.
  absl::Status AddVersionOf(const Answer& answer);
  void Prune();
  absl::Status AwaitWritten();
  // Shows the version's figures as metrics.
  void Publish(const std::string& version);

  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return closed_ || !pending_.empty();
  }
  bool IsUrgent() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const AnswerOptions options_;
  const TestPredictions test_predictions_;
  Metrics* const metrics_;
  const std::unique_ptr<AnswerStore> store_;

  absl::Mutex publishing_;  // So that no older figures replace newer ones.

  // Of the recorder's thread.
  std::set<std::string> known_versions_;
  absl::Duration next_prune_;

  absl::Mutex mutex_;
  std::deque<Answer> pending_ ABSL_GUARDED_BY(mutex_);
  int64_t queued_ ABSL_GUARDED_BY(mutex_) = 0;   // Answers that were ever pending.
  int64_t written_ ABSL_GUARDED_BY(mutex_) = 0;  // Of them, those written or given up.
  int64_t wanted_ ABSL_GUARDED_BY(mutex_) = 0;   // So many of them somebody waits for.
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;

  std::optional<Thread> thread_;  // Last, so that it is joined before what it uses goes.
};

}  // namespace fovea
