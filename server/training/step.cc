#include "server/training/step.h"

#include <cmath>

#include "server/training/mixed_precision.h"

namespace fovea {

DeviceBatch ToDevice(const Batch& batch, int crop_size, torch::Device device) {
  const torch::Tensor nhwc = torch::from_blob(batch.inputs.get(), {batch.size, crop_size, crop_size, 3},
                                              torch::kFloat32);
  const torch::Tensor labels =
      torch::from_blob(const_cast<int64_t*>(batch.labels.data()), {batch.size}, torch::kInt64);
  DeviceBatch result;
  result.inputs = nhwc.permute({0, 3, 1, 2}).to(device);  // A view: that is channels_last.
  result.labels = labels.to(device);
  return result;
}

Sgd MakeOptimiser(ResNet& model, Phase phase, const RecipeOptions& recipe) {
  Sgd::Group head;
  Sgd::Group backbone;
  backbone.rate_scale = recipe.backbone_learning_rate_scale;
  for (const auto& item : model->named_parameters()) {
    const bool in_head = item.key().rfind("fc.", 0) == 0;
    (in_head ? head : backbone).parameters.emplace_back(item.key(), item.value());
  }
  std::vector<Sgd::Group> groups = {std::move(head)};
  if (phase == Phase::kFull) groups.push_back(std::move(backbone));
  return Sgd(std::move(groups), recipe);
}

void SetTrainMode(ResNet& model, Phase phase, const RecipeOptions& recipe) {
  // There is no dropout: batch normalisation is all that the mode changes.
  model->train(phase == Phase::kFull || recipe.head_batch_norm_moves);
}

torch::Tensor LossOf(const Loss& criterion, const torch::Tensor& logits,
                     const torch::Tensor& labels) {
  const torch::Tensor loss =
      at::cross_entropy_loss(logits, labels, criterion.class_weights, at::Reduction::Mean,
                             /*ignore_index=*/-100, criterion.label_smoothing);
  if (!criterion.ordinal) return loss;
  const torch::Tensor classes = torch::arange(logits.size(1), logits.options().requires_grad(false));
  const torch::Tensor expected = logits.softmax(1).matmul(classes);
  const torch::Tensor weights = criterion.class_weights.index_select(0, labels);
  const torch::Tensor distance = (expected - labels).square();
  return loss + (weights * distance).sum() / weights.sum();
}

namespace {

// What the last layer sees in phase HEAD.
torch::Tensor FrozenFeatures(ResNet& model, const torch::Tensor& inputs,
                             const StepOptions& options) {
  const torch::NoGradGuard no_grad;
  if (options.frozen != nullptr) return ResNetPlan::Features(options.frozen->Activations(inputs));
  const MixedPrecision precision(inputs.device(), options.mixed);
  return model->features(inputs);
}

// In float32, with gradients for what the phase trains.
torch::Tensor Forward(ResNet& model, Phase phase, const torch::Tensor& inputs,
                      const StepOptions& options) {
  if (phase == Phase::kFull) {
    const MixedPrecision precision(inputs.device(), options.mixed);
    return model->forward(inputs).to(torch::kFloat32);
  }
  const torch::Tensor features = FrozenFeatures(model, inputs, options);
  const MixedPrecision precision(inputs.device(), options.mixed);
  return model->fc(features).to(torch::kFloat32);
}

}  // namespace

StepResult TrainStep(ResNet& model, Phase phase, const DeviceBatch& batch, const Loss& criterion,
                     double learning_rate, Sgd* optimiser, const StepOptions& options) {
  const torch::Tensor logits = Forward(model, phase, batch.inputs, options);
  const torch::Tensor loss = LossOf(criterion, logits, batch.labels);
  StepResult result;
  result.loss = loss.item<double>();
  result.correct = logits.detach().argmax(1).eq(batch.labels).sum().item<int64_t>();
  if (!std::isfinite(result.loss)) return result;
  optimiser->ZeroGrad();
  loss.backward();
  optimiser->Step(learning_rate);
  return result;
}

}  // namespace fovea
