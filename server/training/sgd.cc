#include "server/training/sgd.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace fovea {

Sgd::Sgd(std::vector<Group> groups, const RecipeOptions& recipe)
    : groups_(std::move(groups)),
      momentum_(recipe.momentum),
      weight_decay_(recipe.weight_decay) {}

void Sgd::ZeroGrad() {
  for (Group& group : groups_) {
    for (auto& [name, parameter] : group.parameters) parameter.mutable_grad().reset();
  }
}

void Sgd::Step(double learning_rate) {
  const torch::NoGradGuard no_grad;
  for (Group& group : groups_) StepGroup(learning_rate * group.rate_scale, &group);
  first_step_ = false;
}

void Sgd::StepGroup(double learning_rate, Group* group) {
  std::vector<torch::Tensor> parameters, gradients;
  for (auto& [name, parameter] : group->parameters) {
    parameters.push_back(parameter);
    gradients.push_back(parameter.grad());
  }
  if (first_step_ && momentum_ != 0) {
    for (const torch::Tensor& p : parameters) group->buffers.push_back(at::empty_like(p));
  }
  at::_fused_sgd_(parameters, gradients, group->buffers, weight_decay_, momentum_, learning_rate,
                  /*dampening=*/0, /*nesterov=*/false, /*maximize=*/false, first_step_);
}

NamedTensors Sgd::Buffers() const {
  NamedTensors named;
  for (const Group& group : groups_) {
    for (size_t i = 0; i < group.buffers.size(); ++i) {
      named[group.parameters[i].first] = group.buffers[i];
    }
  }
  return named;
}

absl::Status Sgd::LoadBuffers(const NamedTensors& buffers) {
  const torch::NoGradGuard no_grad;
  for (Group& group : groups_) group.buffers.clear();
  first_step_ = buffers.empty() && momentum_ != 0;
  if (buffers.empty()) return absl::OkStatus();
  for (Group& group : groups_) FOVEA_RETURN_IF_ERROR(LoadGroup(buffers, &group));
  return absl::OkStatus();
}

absl::Status Sgd::LoadGroup(const NamedTensors& buffers, Group* group) {
  for (const auto& [name, parameter] : group->parameters) {
    const auto found = buffers.find(name);
    if (found == buffers.end() || found->second.sizes() != parameter.sizes()) {
      return FieldError("checkpoint", absl::StrCat("has no fitting momentum of ", name));
    }
    torch::Tensor buffer = at::empty_like(parameter);
    buffer.copy_(found->second);
    group->buffers.push_back(buffer);
  }
  return absl::OkStatus();
}

}  // namespace fovea
