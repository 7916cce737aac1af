// One training step. Includes Torch.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "common/torch/torch.h"
#include "server/model/resnet.h"
#include "server/training/events.h"
#include "server/training/loader.h"
#include "server/training/sgd.h"

namespace fovea {

// A batch on its device: inputs [N, 3, H, W] in channels_last memory, labels [N]. On the CPU the inputs
// share the memory of `batch`, which must outlive them.
struct DeviceBatch {
  torch::Tensor inputs;
  torch::Tensor labels;
};
DeviceBatch ToDevice(const Batch& batch, int crop_size, torch::Device device);

// The optimiser that a phase begins with: over fc alone, or over all parameters.
Sgd MakeOptimiser(ResNet& model, Phase phase, const RecipeOptions& recipe);

// Puts the network in the mode of a phase's steps: training, except that batch normalisation keeps its
// running statistics (and uses them) in phase HEAD without head_batch_norm_moves.
void SetTrainMode(ResNet& model, Phase phase, const RecipeOptions& recipe);

struct StepResult {
  double loss = 0;      // torch.nn.CrossEntropyLoss(weight): sum of w_y * l / sum of w_y.
  int64_t correct = 0;  // By the weights before the step.
};

// Forward, backward and update. In phase HEAD the backbone runs without gradients. A loss that is
// not finite leaves the parameters as they were and is returned as it is.
StepResult TrainStep(ResNet& model, Phase phase, const DeviceBatch& batch,
                     const torch::Tensor& class_weights, double learning_rate, Sgd* optimiser);

}  // namespace fovea
