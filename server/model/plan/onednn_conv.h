// Convolutions of oneDNN with what follows them in one pass, through Torch's dispatcher. Includes
// Torch.
#pragma once

#include "server/model/plan/planned_conv.h"

namespace fovea {

// Whether this build of Torch and this processor have oneDNN in float32.
bool HasOneDnn();
// Whether the processor computes in bfloat16 (AVX512_BF16 or AMX) rather than only storing it.
bool HasFastBfloat16();

// `type` (float32 or bfloat16) is that of x and of the results. The weights are reordered once, for
// inputs of `input_shape` [N, in, H, W]; other shapes work too.
PlannedConvPtr MakeOneDnnConv(const FoldedConv& conv, at::ScalarType type,
                              at::IntArrayRef input_shape);

}  // namespace fovea
