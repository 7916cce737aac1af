// Loops over the numbers behind a convolution, for batch normalisation in training: once for every
// processor and once for AVX2. Used by norm_relu.cc. No Torch.
#pragma once

#include <cstdint>

namespace fovea {

// The upper half of a float.
struct Bfloat16 {
  uint16_t bits;
};

// Rows of `channels` numbers one after the other, as channels_last tensors lie in memory: what
// follows is for a part of them. Arrays of one float a channel are not rows.
struct RowRange {
  int64_t rows = 0, channels = 0;
};

// sum = sum of (x - shift) over the rows, squares = sum of its squares.
template <typename T>
struct SumsArgs {
  RowRange range;
  const T* x;
  const float* shift;
  float *sum, *squares;
};

// out = x * scale + offset, plus `add` if it is not null; negative ones are 0 with `relu`. `out`
// may be x.
template <typename T>
struct ApplyArgs {
  RowRange range;
  const T* x;
  const T* add;
  const float *scale, *offset;
  bool relu;
  T* out;
};

// Which gradients of results pass the ReLU.
enum class Mask {
  kNone,      // All: there was no ReLU.
  kOfInput,   // Where x * scale + offset is positive.
  kOfResult,  // Where `result` is.
};

// Of the gradients g that pass: sum = sum of g, products = sum of g * (x - mean). With kOfResult
// they are written to `passed`.
template <typename T>
struct GradientSumsArgs {
  RowRange range;
  const T* gradient;
  const T* x;
  const T* result;
  const float *scale, *offset, *mean;
  Mask mask;
  float *sum, *products;
  T* passed;
};

// out = a * g + b * x + c of the gradients g that pass; kNone or kOfInput.
template <typename T>
struct GradientArgs {
  RowRange range;
  const T* gradient;
  const T* x;
  const float *scale, *offset, *a, *b, *c;
  Mask mask;
  T* out;
};

// Thread-safe.
template <typename T>
struct NormKernels {
  void (*sums)(const SumsArgs<T>&);
  void (*apply)(const ApplyArgs<T>&);
  void (*gradient_sums)(const GradientSumsArgs<T>&);
  void (*gradient)(const GradientArgs<T>&);
};

// T: float or Bfloat16. Plain loops; and the same for AVX2, null where the processor has none.
template <typename T>
const NormKernels<T>* GenericNormKernels();
template <typename T>
const NormKernels<T>* Avx2NormKernels();

// The faster one that there is.
template <typename T>
const NormKernels<T>& BestNormKernels() {
  const NormKernels<T>* const avx2 = Avx2NormKernels<T>();
  return avx2 != nullptr ? *avx2 : *GenericNormKernels<T>();
}

}  // namespace fovea
