// The two passes of resampling, once for every processor and once for AVX2. Used by resample.cc;
// the tests compare them.
#pragma once

#include "common/preprocess/image.h"
#include "common/preprocess/resample_weights.h"

namespace fovea {

// Both functions write all of `out->rgb`, which has its size. Thread-safe.
struct ResampleKernel {
  // Gives every row of `image` the width of `out`; heights are equal.
  void (*columns)(const Image& image, const ResampleWeights& weights, Image* out);
  // Gives every column the height of `out`; widths are equal.
  void (*rows)(const Image& image, const ResampleWeights& weights, Image* out);
};

// Plain loops.
extern const ResampleKernel kGenericResample;

// The same results in a fifth to a seventh of the time (resize_bench); null where the processor has no AVX2.
const ResampleKernel* Avx2Resample();

}  // namespace fovea
