// Stochastic gradient descent, one fused kernel for each group of parameters. Includes Torch.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/torch/torch.h"
#include "server/model/safetensors_torch.h"
#include "server/training/options.h"

namespace fovea {

// torch.optim.SGD(momentum, weight_decay) without dampening and Nesterov, with the lr of each step:
//   g += weight_decay * p;  buffer = g in the first step, else momentum * buffer + g;  p -= lr * buffer.
// The same gradients give the same bits for the same number of threads. Not thread-safe.
class Sgd {
 public:
  using Parameters = std::vector<std::pair<std::string, torch::Tensor>>;
  // Parameters whose rate is that of the step times a scale.
  struct Group {
    Parameters parameters;
    double rate_scale = 1;
    std::vector<torch::Tensor> buffers;  // As parameters; empty before the first step.
  };

  Sgd() = default;
  Sgd(std::vector<Group> groups, const RecipeOptions& recipe);

  // Forgets the gradients, as zero_grad(set_to_none=True).
  void ZeroGrad();
  // Moves every parameter by so high a rate; all must have gradients.
  void Step(double learning_rate);

  // Momentum buffers by the names of their parameters; empty before the first step and without
  // momentum. Shares memory with the optimiser.
  NamedTensors Buffers() const;
  // Goes on from such buffers (empty: from the beginning). INVALID_ARGUMENT when they do not fit.
  absl::Status LoadBuffers(const NamedTensors& buffers);

 private:
  void StepGroup(double learning_rate, Group* group);
  absl::Status LoadGroup(const NamedTensors& buffers, Group* group);

  std::vector<Group> groups_;
  double momentum_ = 0, weight_decay_ = 0;
  bool first_step_ = true;
};

}  // namespace fovea
