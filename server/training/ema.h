// The exponential moving average of a network's weights. Includes Torch.
#pragma once

#include "absl/status/statusor.h"
#include "common/torch/torch.h"
#include "server/model/resnet.h"

namespace fovea {

// A network of its own with the same weights, where the average begins.
absl::StatusOr<ResNet> CopyOf(const ResNet& model);

// The decay after step `step`, from 0: min(decay, (1 + step) / (10 + step)), so that the first steps,
// whose weights the average began with, do not count for long (tf.train.ExponentialMovingAverage with
// num_updates).
double WarmedUpDecay(double decay, int64_t step);

// After a training step: average = decay * average + (1 - decay) * model, for all parameters and
// the running statistics of batch normalisation; counters are copied. 0 < decay < 1. About the last
// 1 / (1 - decay) steps count. The same bits for the same number of threads.
void MoveAverage(const ResNet& model, double decay, ResNet& average);

}  // namespace fovea
