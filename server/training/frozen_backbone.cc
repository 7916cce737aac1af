#include "server/training/frozen_backbone.h"

#include "server/model/plan/compile.h"

namespace fovea {

std::unique_ptr<const ResNetPlan> CompileFrozenBackbone(const ResNet& model, Phase phase,
                                                        const TrainingOptions& options,
                                                        torch::Device device, bool mixed) {
  if (phase != Phase::kHead || options.recipe.head_batch_norm_moves) return nullptr;
  return Compile(model, device,
                 {.precision = mixed ? Precision::kBfloat16 : Precision::kFloat32,
                  .crop_size = options.preprocess.crop_size,
                  .batch = options.recipe.batch_size});
}

}  // namespace fovea
