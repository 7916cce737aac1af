#include "server/training/ema.h"

#include <algorithm>

#include "common/base/status.h"
#include "server/model/state_dict.h"

namespace fovea {

absl::StatusOr<ResNet> CopyOf(const ResNet& model) {
  ResNet copy(model->architecture(), model->num_classes());
  FOVEA_RETURN_IF_ERROR(LoadStateDict(*copy, StateDict(*model)));
  copy->to(model->fc->weight.device());
  return copy;
}

double WarmedUpDecay(double decay, int64_t step) {
  const double steps = static_cast<double>(step);
  return std::min(decay, (1 + steps) / (10 + steps));
}

void MoveAverage(const ResNet& model, double decay, ResNet& average) {
  const torch::NoGradGuard no_grad;
  const NamedTensors now = StateDict(*model);
  for (auto& [name, mean] : StateDict(*average)) {
    torch::Tensor tensor = mean.detach();
    if (tensor.is_floating_point()) {
      tensor.lerp_(now.at(name).detach(), 1 - decay);
    } else {
      tensor.copy_(now.at(name));
    }
  }
}

}  // namespace fovea
