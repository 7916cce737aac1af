// The part of the network that phase HEAD does not move. Includes Torch.
#pragma once

#include <memory>

#include "server/model/plan/resnet_plan.h"
#include "server/model/resnet.h"
#include "server/training/events.h"
#include "server/training/options.h"

namespace fovea {

// The network compiled as tests run it, where the steps of a phase leave its backbone exactly as it
// is: in phase HEAD without head_batch_norm_moves. Null otherwise. In bfloat16 with `mixed`, else in
// float32. Good for the whole phase; the same weights give the same plan. Throws Torch's
// exceptions.
std::unique_ptr<const ResNetPlan> CompileFrozenBackbone(const ResNet& model, Phase phase,
                                                        const TrainingOptions& options,
                                                        torch::Device device, bool mixed);

}  // namespace fovea
