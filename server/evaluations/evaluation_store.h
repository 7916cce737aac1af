// Evaluations on disk:
//
//   ROOT/{evaluation}/evaluation.json, predictions.csv
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "fovea/v1/evaluation.pb.h"
#include "server/evaluations/evaluation_files.h"

namespace fovea {

// Thread-safe; one process owns a root. Ids are those of `evaluations/{id}`; an unknown one is
// NOT_FOUND. The disk is written before memory, which holds the records without their curves.
class EvaluationStore {
 public:
  // Makes the folder if need be. What is half deleted is removed; a folder that cannot be read is
  // left alone and logged.
  static absl::StatusOr<std::unique_ptr<EvaluationStore>> Open(const std::string& root);

  // Takes the staged folder over, by a rename. One that is there already is kept: a crash may have
  // come between. Returns the evaluation's name.
  absl::StatusOr<std::string> Publish(const std::string& id, const std::string& staged_dir);

  // The whole record.
  absl::StatusOr<v1::Evaluation> Get(const std::string& id) const;
  absl::StatusOr<GradedPhotographs> Predictions(const std::string& id) const;
  // Up to `limit` records without curves with ids after `after`, by id; of one model version unless
  // `model` is empty.
  std::vector<v1::Evaluation> List(const std::string& after, int limit,
                                   const std::string& model) const;
  absl::Status Delete(const std::string& id);

 private:
  explicit EvaluationStore(std::string root) : root_(std::move(root)) {}

  absl::Status Load();
  void Remember(const std::string& id, v1::Evaluation record) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status CheckKnown(const std::string& id) const ABSL_LOCKS_EXCLUDED(mutex_);

  const std::string root_;
  mutable absl::Mutex mutex_;
  std::map<std::string, v1::Evaluation> records_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace fovea
