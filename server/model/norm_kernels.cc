// The loops are written once, plainly, and inlined into functions for each kind of processor, where
// the compiler makes vectors of them.
#include "server/model/norm_kernels.h"

#include <bit>

#define FOVEA_INLINE [[gnu::always_inline]] inline
#if defined(__x86_64__)
#define FOVEA_AVX2 [[gnu::target("avx2,fma")]]
#endif
// Before a loop whose rounds do not depend on each other.
#if defined(__clang__)
#define FOVEA_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define FOVEA_INDEPENDENT _Pragma("GCC ivdep")
#endif

namespace fovea {
namespace {

FOVEA_INLINE float Load(float x) { return x; }
FOVEA_INLINE float Load(Bfloat16 x) { return std::bit_cast<float>(uint32_t{x.bits} << 16); }

FOVEA_INLINE void Store(float x, float* out) { *out = x; }
// To the nearest, of two equally near the even one.
FOVEA_INLINE void Store(float x, Bfloat16* out) {
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  out->bits = static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

template <typename T>
FOVEA_INLINE void Sums(const SumsArgs<T>& args) {
  const int64_t channels = args.range.channels;
  const float* __restrict shift = args.shift;
  float* __restrict sum = args.sum;
  float* __restrict squares = args.squares;
  for (int64_t c = 0; c < channels; ++c) sum[c] = squares[c] = 0;
  for (int64_t row = 0; row < args.range.rows; ++row) {
    const T* __restrict x = args.x + row * channels;
    FOVEA_INDEPENDENT
    for (int64_t c = 0; c < channels; ++c) {
      const float distance = Load(x[c]) - shift[c];
      sum[c] += distance;
      squares[c] += distance * distance;
    }
  }
}

template <bool kAdd, bool kRelu, typename T>
FOVEA_INLINE void ApplyAs(const ApplyArgs<T>& args) {
  const int64_t channels = args.range.channels;
  const float* __restrict scale = args.scale;
  const float* __restrict offset = args.offset;
  for (int64_t row = 0; row < args.range.rows; ++row) {
    const int64_t begin = row * channels;
    const T* x = args.x + begin;
    T* out = args.out + begin;
    FOVEA_INDEPENDENT
    for (int64_t c = 0; c < channels; ++c) {
      float y = Load(x[c]) * scale[c] + offset[c];
      if constexpr (kAdd) y += Load(args.add[begin + c]);
      if constexpr (kRelu) y = y <= 0 ? 0 : y;  // What is not a number stays so.
      Store(y, &out[c]);
    }
  }
}

template <typename T>
FOVEA_INLINE void Apply(const ApplyArgs<T>& args) {
  if (args.add != nullptr) {
    if (args.relu) return ApplyAs<true, true>(args);
    return ApplyAs<true, false>(args);
  }
  if (args.relu) return ApplyAs<false, true>(args);
  return ApplyAs<false, false>(args);
}

template <Mask kMask, typename T>
FOVEA_INLINE void GradientSumsAs(const GradientSumsArgs<T>& args) {
  const int64_t channels = args.range.channels;
  const float* __restrict scale = args.scale;
  const float* __restrict offset = args.offset;
  const float* __restrict mean = args.mean;
  float* __restrict sum = args.sum;
  float* __restrict products = args.products;
  for (int64_t c = 0; c < channels; ++c) sum[c] = products[c] = 0;
  for (int64_t row = 0; row < args.range.rows; ++row) {
    const int64_t begin = row * channels;
    const T* __restrict gradient = args.gradient + begin;
    const T* __restrict x = args.x + begin;
    const T* __restrict result = kMask == Mask::kOfResult ? args.result + begin : nullptr;
    T* __restrict passed = kMask == Mask::kOfResult ? args.passed + begin : nullptr;
    FOVEA_INDEPENDENT
    for (int64_t c = 0; c < channels; ++c) {
      float g = Load(gradient[c]);
      const float value = Load(x[c]);
      if constexpr (kMask == Mask::kOfInput) g = value * scale[c] + offset[c] <= 0 ? 0 : g;
      if constexpr (kMask == Mask::kOfResult) {
        g = Load(result[c]) <= 0 ? 0 : g;
        Store(g, &passed[c]);
      }
      sum[c] += g;
      products[c] += g * (value - mean[c]);
    }
  }
}

template <typename T>
FOVEA_INLINE void GradientSums(const GradientSumsArgs<T>& args) {
  switch (args.mask) {
    case Mask::kNone:
      return GradientSumsAs<Mask::kNone>(args);
    case Mask::kOfInput:
      return GradientSumsAs<Mask::kOfInput>(args);
    case Mask::kOfResult:
      return GradientSumsAs<Mask::kOfResult>(args);
  }
}

template <Mask kMask, typename T>
FOVEA_INLINE void GradientAs(const GradientArgs<T>& args) {
  const int64_t channels = args.range.channels;
  const float* __restrict scale = args.scale;
  const float* __restrict offset = args.offset;
  const float* __restrict a = args.a;
  const float* __restrict b = args.b;
  const float* __restrict c = args.c;
  for (int64_t row = 0; row < args.range.rows; ++row) {
    const int64_t begin = row * channels;
    const T* __restrict gradient = args.gradient + begin;
    const T* __restrict x = args.x + begin;
    T* __restrict out = args.out + begin;
    FOVEA_INDEPENDENT
    for (int64_t i = 0; i < channels; ++i) {
      float g = Load(gradient[i]);
      const float value = Load(x[i]);
      if constexpr (kMask == Mask::kOfInput) g = value * scale[i] + offset[i] <= 0 ? 0 : g;
      Store(a[i] * g + b[i] * value + c[i], &out[i]);
    }
  }
}

template <typename T>
FOVEA_INLINE void Gradient(const GradientArgs<T>& args) {
  if (args.mask == Mask::kOfInput) return GradientAs<Mask::kOfInput>(args);
  GradientAs<Mask::kNone>(args);
}

template <typename T>
struct Generic {
  static void RunSums(const SumsArgs<T>& args) { Sums(args); }
  static void RunApply(const ApplyArgs<T>& args) { Apply(args); }
  static void RunGradientSums(const GradientSumsArgs<T>& args) { GradientSums(args); }
  static void RunGradient(const GradientArgs<T>& args) { Gradient(args); }
  static constexpr NormKernels<T> kKernels = {RunSums, RunApply, RunGradientSums, RunGradient};
};

#if defined(__x86_64__)
template <typename T>
struct Avx2 {
  FOVEA_AVX2 static void RunSums(const SumsArgs<T>& args) { Sums(args); }
  FOVEA_AVX2 static void RunApply(const ApplyArgs<T>& args) { Apply(args); }
  FOVEA_AVX2 static void RunGradientSums(const GradientSumsArgs<T>& args) { GradientSums(args); }
  FOVEA_AVX2 static void RunGradient(const GradientArgs<T>& args) { Gradient(args); }
  static constexpr NormKernels<T> kKernels = {RunSums, RunApply, RunGradientSums, RunGradient};
};
#endif

}  // namespace

template <typename T>
const NormKernels<T>* GenericNormKernels() {
  return &Generic<T>::kKernels;
}

template <typename T>
const NormKernels<T>* Avx2NormKernels() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &Avx2<T>::kKernels;
#endif
  return nullptr;
}

template const NormKernels<float>* GenericNormKernels();
template const NormKernels<Bfloat16>* GenericNormKernels();
template const NormKernels<float>* Avx2NormKernels();
template const NormKernels<Bfloat16>* Avx2NormKernels();

}  // namespace fovea
