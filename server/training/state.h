// All that moves while a job trains; what a checkpoint holds. Includes Torch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/torch/torch.h"
#include "server/model/resnet.h"
#include "server/training/events.h"
#include "server/training/meters.h"
#include "server/training/sgd.h"

namespace fovea {

// Epochs that are done (trained and tested), and training steps that are done of the next one.
struct Position {
  int32_t epoch = 0;
  int32_t step = 0;

  auto operator<=>(const Position&) const = default;
};

inline constexpr double kNoKappa = -2;  // For an undefined kappa: below every kappa.

// The best epoch so far by Recipe.best_epoch, the first of equals. Its version is on disk.
struct BestEpoch {
  int32_t epoch = 0;  // 0: none yet.
  double score = 0;   // Test accuracy, or kappa on the validation part (or kNoKappa).
  std::string weights_sha256;
  std::vector<int64_t> confusion;  // On the test part.
};

struct TrainState {
  ResNet model{nullptr};
  ResNet average{nullptr};   // Of the weights after each step; null without ema_decay.
  Phase phase = Phase::kHead;  // Of `optimiser`.
  Sgd optimiser;
  Position position;
  TrainMeter meter;          // Of the steps of the epoch that is under way.
  double train_seconds = 0;  // Spent on them.
  BestEpoch best;
  // For early stopping: the highest kappa on the validation part, and epochs of phase FULL since then.
  double highest_kappa = kNoKappa;
  int32_t stale_epochs = 0;

  // The network that is tested and becomes the version.
  const ResNet& tested() const { return average ? average : model; }
};

// The phase of an epoch, counted from 1.
inline Phase PhaseOf(int epoch, const RecipeOptions& recipe) {
  return epoch <= recipe.head_epochs ? Phase::kHead : Phase::kFull;
}

}  // namespace fovea
