#include "server/training/progress.h"

#include <algorithm>

namespace fovea {
namespace {

// A step of all parameters against one of the last layer alone, about, as measured on CPUs.
constexpr double kFullToHead = 2.7;
// Weight of the newest step in the moving mean.
constexpr double kNewest = 0.1;

int Index(Phase phase) { return phase == Phase::kHead ? 0 : 1; }

}  // namespace

void Progress::Step(double seconds, StepProgress event) {
  double& mean = step_seconds_[Index(event.phase)];
  mean = mean == 0 ? seconds : (1 - kNewest) * mean + kNewest * seconds;
  Send(event);
}

void Progress::Test(double seconds, StepProgress event) {
  if (event.test_done > 0) test_image_seconds_ = seconds / event.test_done;
  Send(event);
}

void Progress::Precisions(double seconds, StepProgress event) {
  if (SentLately()) return;
  event.images_per_second = event.precision_done / std::max(seconds, 1e-9);
  event.seconds_left = (event.precision_total - event.precision_done) / event.images_per_second;
  sink_->Emit(event);
}

double Progress::StepSeconds(Phase phase) const {
  const double own = step_seconds_[Index(phase)];
  if (own > 0) return own;
  return phase == Phase::kFull ? step_seconds_[0] * kFullToHead : step_seconds_[1] / kFullToHead;
}

double Progress::SecondsLeft(const StepProgress& event) const {
  const int after = totals_.epochs - event.epoch;  // Whole epochs after this one.
  const int head_after = std::max(0, totals_.head_epochs - event.epoch);
  const double steps_here = static_cast<double>(totals_.steps - event.step);
  const double head_steps = static_cast<double>(head_after) * static_cast<double>(totals_.steps);
  const double full_steps =
      static_cast<double>(after - head_after) * static_cast<double>(totals_.steps);
  // Testing is a forward pass, as most of a step of the last layer is.
  const double test_image = test_image_seconds_ > 0
                                ? test_image_seconds_
                                : StepSeconds(Phase::kHead) / static_cast<double>(totals_.batch_size);
  const double test_images =
      static_cast<double>(after + 1) * static_cast<double>(totals_.test_images) - event.test_done;
  return steps_here * StepSeconds(event.phase) + head_steps * StepSeconds(Phase::kHead) +
         full_steps * StepSeconds(Phase::kFull) + test_images * test_image;
}

bool Progress::SentLately() {
  const std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now();
  if (now - sent_ < std::chrono::seconds(1)) return true;
  sent_ = now;
  return false;
}

void Progress::Send(StepProgress event) {
  if (SentLately()) return;
  const double step = StepSeconds(event.phase);
  event.images_per_second = step > 0 ? static_cast<double>(totals_.batch_size) / step : 0;
  event.seconds_left = SecondsLeft(event);
  sink_->Emit(event);
}

}  // namespace fovea
