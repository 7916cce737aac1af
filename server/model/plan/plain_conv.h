// Convolutions of Torch itself, for every device. Includes Torch.
#pragma once

#include "server/model/plan/planned_conv.h"

namespace fovea {

// `type` is that of x and of the results.
PlannedConvPtr MakePlainConv(const FoldedConv& conv, at::ScalarType type, torch::Device device);

}  // namespace fovea
