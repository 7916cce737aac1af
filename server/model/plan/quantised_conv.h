// Convolutions of oneDNN in 8-bit integers, through Torch's dispatcher. Includes Torch.
#pragma once

#include "server/model/plan/planned_conv.h"
#include "server/model/plan/quantisation.h"

namespace fovea {

struct ConvQuantisers {
  Quantiser input, output;
  Quantiser sum;  // For RunAddRelu.
};

// x and sum are bytes, and so is the result, but for `float_result`. Weights are symmetric, with a
// scale an output channel, and reordered for inputs of `input_shape` [N, in, H, W].
PlannedConvPtr MakeQuantisedConv(const FoldedConv& conv, const ConvQuantisers& quantisers,
                                 bool float_result, at::IntArrayRef input_shape);

}  // namespace fovea
