// The meter of an epoch that is under way.
#pragma once

#include <cstdint>

namespace fovea {

// Loss and accuracy of training steps. The loss of a step is that of server/training/step.h, with
// class weights and label smoothing. The meter's loss is the mean of the steps' losses, each counted
// once for every photograph of its batch (the last one of an epoch may be smaller). Not thread-safe.
struct TrainMeter {
  double loss_sum = 0;  // Of step loss * photographs.
  int64_t images = 0;
  int64_t correct = 0;

  void Add(double step_loss, int64_t step_images, int64_t step_correct) {
    loss_sum += step_loss * static_cast<double>(step_images);
    images += step_images;
    correct += step_correct;
  }
  double loss() const { return images == 0 ? 0 : loss_sum / static_cast<double>(images); }
  double accuracy() const {
    return images == 0 ? 0 : static_cast<double>(correct) / static_cast<double>(images);
  }
};

}  // namespace fovea
