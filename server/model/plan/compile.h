// From a trained network to the plan that serves it. Includes Torch.
#pragma once

#include <memory>
#include <optional>

#include "common/torch/torch.h"
#include "server/model/inference_info.h"
#include "server/model/plan/resnet_plan.h"
#include "server/model/resnet.h"

namespace fovea {

struct PlanOptions {
  Precision precision = Precision::kFloat32;
  int64_t crop_size = 224;  // Height and width of the inputs, in pixels.
  int64_t batch = 8;        // The batch that the weights are ordered for.
  // For kInt8.
  std::optional<ActivationQuantisers> quantisers = std::nullopt;
};

// What is fast on the device: on a CPU as SupportOfThisProcessor says, on CUDA bfloat16.
PrecisionSupport SupportOf(torch::Device device);

// On a CPU a plan of oneDNN where there is one, otherwise of Torch's own convolutions in float32,
// whatever was asked. On a CUDA device of cuDNN, in float32 or bfloat16. The network is only read.
// Throws Torch's exceptions; std::invalid_argument for kInt8 without quantisers, or on CUDA.
std::unique_ptr<const ResNetPlan> Compile(const ResNet& network, torch::Device device,
                                          const PlanOptions& options);

}  // namespace fovea
