// Convolutions of oneDNN with what follows them in one pass, through Torch's dispatcher. Includes
// Torch.
#pragma once

#include "server/model/inference_info.h"
#include "server/model/plan/planned_conv.h"

namespace fovea {

// Whether this build of Torch and this processor have oneDNN in float32.
bool HasOneDnn();
// SupportOfProcessor of this one; nothing without oneDNN.
PrecisionSupport SupportOfThisProcessor();

// `type` (float32 or bfloat16) is that of x and of the results. The weights are reordered once, for
// inputs of `input_shape` [N, in, H, W]; other shapes work too.
PlannedConvPtr MakeOneDnnConv(const FoldedConv& conv, at::ScalarType type,
                              at::IntArrayRef input_shape);

}  // namespace fovea
