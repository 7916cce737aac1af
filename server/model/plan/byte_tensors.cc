#include "server/model/plan/byte_tensors.h"

#include <algorithm>
#include <cmath>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace fovea {
namespace {

constexpr int64_t kGrain = 1 << 15;  // Floats that a thread takes at least.

// Limits before rounding: what is beyond them would not fit an int.
struct Scaling {
  float factor, lowest, highest;  // In steps from the zero point.
  int32_t zero_point;

  uint8_t Byte(float x) const {
    const float steps = std::min(std::max(lowest, x * factor), highest);
    return static_cast<uint8_t>(static_cast<int32_t>(std::nearbyint(steps)) + zero_point);
  }
};

#if defined(__SSE2__)
__m128i FourSteps(const float* x, const Scaling& to) {
  const __m128 steps = _mm_mul_ps(_mm_loadu_ps(x), _mm_set1_ps(to.factor));
  const __m128 limited = _mm_min_ps(_mm_max_ps(steps, _mm_set1_ps(to.lowest)),
                                    _mm_set1_ps(to.highest));
  return _mm_add_epi32(_mm_cvtps_epi32(limited), _mm_set1_epi32(to.zero_point));
}

void Quantise(const float* x, int64_t count, const Scaling& to, uint8_t* bytes) {
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    const __m128i low = _mm_packs_epi32(FourSteps(x + i, to), FourSteps(x + i + 4, to));
    const __m128i high = _mm_packs_epi32(FourSteps(x + i + 8, to), FourSteps(x + i + 12, to));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes + i), _mm_packus_epi16(low, high));
  }
  for (; i < count; ++i) bytes[i] = to.Byte(x[i]);
}
#else
void Quantise(const float* x, int64_t count, const Scaling& to, uint8_t* bytes) {
  for (int64_t i = 0; i < count; ++i) bytes[i] = to.Byte(x[i]);
}
#endif

}  // namespace

torch::Tensor QuantiseBytes(const torch::Tensor& x, const Quantiser& quantiser) {
  const torch::Tensor dense = x.contiguous(x.suggest_memory_format());
  torch::Tensor bytes = torch::empty_like(dense, torch::kByte);
  const int32_t zero_point = static_cast<int32_t>(quantiser.zero_point);
  const Scaling to = {static_cast<float>(1 / quantiser.scale), static_cast<float>(-zero_point),
                      static_cast<float>(255 - zero_point), zero_point};
  const float* from = dense.const_data_ptr<float>();
  uint8_t* into = bytes.mutable_data_ptr<uint8_t>();
  at::parallel_for(0, dense.numel(), kGrain, [&](int64_t begin, int64_t end) {
    Quantise(from + begin, end - begin, to, into + begin);
  });
  return bytes;
}

}  // namespace fovea
