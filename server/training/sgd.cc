#include "server/training/sgd.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace fovea {

Sgd::Sgd(Parameters parameters, const RecipeOptions& recipe)
    : parameters_(std::move(parameters)),
      momentum_(recipe.momentum),
      weight_decay_(recipe.weight_decay) {}

void Sgd::ZeroGrad() {
  for (auto& [name, parameter] : parameters_) parameter.mutable_grad().reset();
}

void Sgd::Step(double learning_rate) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> parameters, gradients;
  for (auto& [name, parameter] : parameters_) {
    parameters.push_back(parameter);
    gradients.push_back(parameter.grad());
  }
  if (first_step_ && momentum_ != 0) {
    for (const torch::Tensor& parameter : parameters) buffers_.push_back(at::empty_like(parameter));
  }
  at::_fused_sgd_(parameters, gradients, buffers_, weight_decay_, momentum_, learning_rate,
                  /*dampening=*/0, /*nesterov=*/false, /*maximize=*/false, first_step_);
  first_step_ = false;
}

NamedTensors Sgd::Buffers() const {
  NamedTensors named;
  for (size_t i = 0; i < buffers_.size(); ++i) named[parameters_[i].first] = buffers_[i];
  return named;
}

absl::Status Sgd::LoadBuffers(const NamedTensors& buffers) {
  const torch::NoGradGuard no_grad;
  buffers_.clear();
  first_step_ = buffers.empty() && momentum_ != 0;
  if (buffers.empty()) return absl::OkStatus();
  for (const auto& [name, parameter] : parameters_) {
    const auto found = buffers.find(name);
    if (found == buffers.end() || found->second.sizes() != parameter.sizes()) {
      return FieldError("checkpoint", absl::StrCat("has no fitting momentum of ", name));
    }
    torch::Tensor buffer = at::empty_like(parameter);
    buffer.copy_(found->second);
    buffers_.push_back(buffer);
  }
  return absl::OkStatus();
}

}  // namespace fovea
