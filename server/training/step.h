// One training step. Includes Torch.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "common/torch/torch.h"
#include "server/model/plan/resnet_plan.h"
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

// The optimiser that a phase begins with: over fc alone, or over all parameters, those other than
// fc's at backbone_learning_rate_scale times the rate.
Sgd MakeOptimiser(ResNet& model, Phase phase, const RecipeOptions& recipe);

// Puts the network in the mode of a phase's steps: training, except that batch normalisation keeps its
// running statistics (and uses them) in phase HEAD without head_batch_norm_moves.
void SetTrainMode(ResNet& model, Phase phase, const RecipeOptions& recipe);

// torch.nn.CrossEntropyLoss(weight, label_smoothing) over the photographs n of a batch, with labels
// y, probabilities p, class weights w, K classes and smoothing e:
//   sum_n [ (1 - e) * w_y * -log p_y  +  e / K * sum_k w_k * -log p_k ]  /  sum_n w_y.
// With the ordinal target, plus the squared distance of the expected class,
//   sum_n w_y * (sum_k k * p_k - y)^2 / sum_n w_y.
struct Loss {
  torch::Tensor class_weights;  // [K], float, on the device.
  double label_smoothing = 0;
  bool ordinal = false;
};

// Of logits [N, K] and labels [N].
torch::Tensor LossOf(const Loss& criterion, const torch::Tensor& logits,
                     const torch::Tensor& labels);

struct StepResult {
  double loss = 0;
  int64_t correct = 0;  // By the weights before the step.
};

// How a step computes.
struct StepOptions {
  bool mixed = false;  // In bfloat16 (mixed_precision.h).
  // In phase HEAD, instead of the network's own backbone (frozen_backbone.h). Outlives the step.
  const ResNetPlan* frozen = nullptr;
};

// Forward, backward and update. In phase HEAD the backbone runs without gradients. A loss that is not
// finite leaves the parameters as they were and is returned as it is.
StepResult TrainStep(ResNet& model, Phase phase, const DeviceBatch& batch, const Loss& criterion,
                     double learning_rate, Sgd* optimiser, const StepOptions& options = {});

}  // namespace fovea
