// The loop over epochs: train, test, report, checkpoint. Includes Torch.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/model/calibration.h"
#include "server/training/attempt.h"
#include "server/training/checkpoint.h"
#include "server/training/evaluate.h"
#include "server/training/photographs.h"
#include "server/training/progress.h"
#include "server/training/state.h"
#include "server/training/step.h"

namespace fovea {

// What the network says after an epoch.
struct TestedEpoch {
  Evaluation test;
  std::optional<Evaluation> validation;   // With a validation part, as the next.
  std::optional<Calibration> calibration;
};

// Trains one attempt on the calling thread. Everything that it borrows outlives it.
class Trainer {
 public:
  Trainer(const Attempt& attempt, const Photographs& photographs, const StopSignal& stop,
          EventSink* sink);

  // From the last good checkpoint, or the beginning, to the last epoch or until the recipe's patience
  // is at its end. CANCELLED when `stop` said so
  // (with a checkpoint for a drain); FAILED_PRECONDITION for a loss that is not finite.
  absl::StatusOr<AttemptResult> Run();

  // Folder with the version of the best epoch. After Run was OK.
  std::string best_version_dir() const;

 private:
  absl::Status SetUp();
  absl::Status Restore();
  absl::Status StartAnew();
  void ReportStart();

  absl::Status RunEpoch();
  absl::Status TrainSteps();
  absl::Status OneStep(const Batch& batch);
  // Grades the test part, and the validation part if there is one.
  absl::StatusOr<TestedEpoch> Test();
  // One of them, after so many photographs of the other one; `start` is when the first was begun.
  absl::StatusOr<Evaluation> Grade(const ResNetPlan& plan, const std::vector<Sample>& samples,
                                   int64_t done_before, absl::Duration start);
  absl::Status FinishEpoch(const TestedEpoch& tested, double test_seconds);
  // What is highest in the epoch that is kept.
  double Score(int epoch, const TestedEpoch& tested) const;
  // Takes the epoch as the best so far if it is; whether it was.
  absl::StatusOr<bool> UpdateBest(int epoch, const TestedEpoch& tested);
  // Counts the epochs without a higher kappa on the validation part.
  void UpdateStale(const TestedEpoch& tested);
  bool StoppedEarly() const;
  // A checkpoint for a drain, nothing for a cancel; CANCELLED, or the error of the disk.
  absl::Status Stop();
  absl::Status SaveCheckpoint();
  // Of a step of the epoch that is under way.
  double LearningRate(int64_t step) const;
  StepProgress CurrentProgress() const;

  const Attempt& attempt_;
  const RecipeOptions& recipe_;
  const Photographs& photographs_;
  const StopSignal& stop_;
  EventSink* const sink_;
  const std::string dir_;    // checkpoints/
  const CheckpointKey key_;
  const int64_t steps_;      // An epoch.
  const double baseline_;    // Share of the test part's most frequent class.
  Progress progress_;

  torch::Device device_ = torch::kCPU;      // Set by SetUp, as the next.
  std::vector<double> class_weights_;
  Loss criterion_;
  bool mixed_ = false;
  std::unique_ptr<const ResNetPlan> frozen_;  // Of the phase, or null.
  TrainState state_;
};

}  // namespace fovea
