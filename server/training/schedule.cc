#include "server/training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fovea {

double ScheduledRate(LearningRateSchedule schedule, double peak, double warmup_steps, int64_t step,
                     int64_t steps) {
  const double done = static_cast<double>(step);
  if (done < warmup_steps) return peak * std::min(1.0, (done + 1) / warmup_steps);
  if (schedule == LearningRateSchedule::kConstant) return peak;
  const double share = (done - warmup_steps) / (static_cast<double>(steps) - warmup_steps);
  return peak * (1 + std::cos(std::numbers::pi * share)) / 2;
}

double LearningRateAt(const RecipeOptions& recipe, int epoch, int64_t step,
                      int64_t steps_per_epoch) {
  const bool head = epoch <= recipe.head_epochs;
  const int before = head ? 0 : recipe.head_epochs;
  const int epochs = head ? recipe.head_epochs : recipe.epochs - recipe.head_epochs;
  return ScheduledRate(recipe.learning_rate_schedule, recipe.learning_rate,
                       recipe.warmup_epochs * static_cast<double>(steps_per_epoch),
                       (epoch - 1 - before) * steps_per_epoch + step, epochs * steps_per_epoch);
}

}  // namespace fovea
