// The learning rate of each training step. Depends on nothing but its arguments.
#pragma once

#include <cstdint>

#include "server/training/options.h"

namespace fovea {

// The rate of step `step` (from 0) of a phase of `steps` steps, 0 <= step < steps:
//   step < warmup_steps: peak * min(1, (step + 1) / warmup_steps), linear from 0 before the phase;
//   later, CONSTANT: peak;
//   later, COSINE: peak * (1 + cos(pi * (step - warmup_steps) / (steps - warmup_steps))) / 2, which
//   would be 0 in the step after the last one. Without warm-up this is
//   torch.optim.lr_scheduler.CosineAnnealingLR(T_max=steps).
// warmup_steps >= 0 may be a fraction.
double ScheduledRate(LearningRateSchedule schedule, double peak, double warmup_steps, int64_t step,
                     int64_t steps);

// The rate of a step (from 0) of an epoch (from 1): each phase has a schedule of its own, as it has
// an optimiser of its own.
double LearningRateAt(const RecipeOptions& recipe, int epoch, int64_t step,
                      int64_t steps_per_epoch);

}  // namespace fovea
