// Our side of a training step, as the trainer's loop: from the cache to the moved weights.
#pragma once

#include <memory>
#include <vector>

#include "server/training/frozen_backbone.h"
#include "server/training/loader.h"
#include "server/training/meters.h"
#include "server/training/photographs.h"
#include "server/training/step.h"
#include "tests/bench/training_data.h"

namespace fovea {

// A phase of a network in one precision. Recipe `lab`; with `frozen` its batch norms do not move in
// phase HEAD.
class OurSteps {
 public:
  // `photographs` outlives it.
  OurSteps(const Photographs& photographs, const Attempt& attempt, Phase phase, bool mixed,
           bool frozen);

  // Milliseconds of each step, the wait for its batch included.
  std::vector<double> Run(int steps);

 private:
  const Photographs& photographs_;
  TrainingOptions options_;
  const Phase phase_;
  const bool mixed_;
  const Loss criterion_;
  ResNet model_;
  Sgd optimiser_;
  std::unique_ptr<const ResNetPlan> frozen_;
  TrainMeter meter_;
};

}  // namespace fovea
