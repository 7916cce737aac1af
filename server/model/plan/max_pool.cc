#include "server/model/plan/max_pool.h"

#include <algorithm>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace fovea {
namespace {

// bfloat16 as numbers of 16 bits: those that are not negative have the same order.
using Bfloat16Bits = int16_t;

#if defined(__SSE2__)
__m128i Higher(__m128i a, __m128i b, uint8_t) { return _mm_max_epu8(a, b); }
__m128i Higher(__m128i a, __m128i b, Bfloat16Bits) { return _mm_max_epi16(a, b); }
__m128i Higher(__m128i a, __m128i b, float) {
  const __m128 x = _mm_castsi128_ps(a), y = _mm_castsi128_ps(b);
  // No number stays no number, as in Torch: max gives y then, and what x is not is all ones.
  return _mm_castps_si128(_mm_or_ps(_mm_max_ps(x, y), _mm_cmpunord_ps(x, x)));
}

// As many values as fill whole registers; their number.
template <typename T>
int64_t RaiseWhole(const T* values, int64_t count, T* result) {
  constexpr int64_t kWidth = sizeof(__m128i) / sizeof(T);
  int64_t i = 0;
  for (; i + kWidth <= count; i += kWidth) {
    auto* const to = reinterpret_cast<__m128i*>(result + i);
    const __m128i value = _mm_loadu_si128(reinterpret_cast<const __m128i*>(values + i));
    _mm_storeu_si128(to, Higher(value, _mm_loadu_si128(to), T()));
  }
  return i;
}
#else
template <typename T>
int64_t RaiseWhole(const T*, int64_t, T*) {
  return 0;
}
#endif

// Raises `result` to `values` where these are higher.
template <typename T>
void Raise(const T* values, int64_t count, T* result) {
  for (int64_t i = RaiseWhole(values, count, result); i < count; ++i) {
    const bool is_number = result[i] == result[i];
    if (is_number && !(values[i] <= result[i])) result[i] = values[i];
  }
}

// One row of the result, of an image of `height` rows of `width` places.
template <typename T>
void PoolRow(const T* image, int64_t height, int64_t width, int64_t channels, int64_t row,
             T* result) {
  const int64_t columns = (width + 1) / 2;
  std::memset(result, 0, static_cast<size_t>(columns * channels) * sizeof(T));
  for (int64_t y = std::max<int64_t>(2 * row - 1, 0); y < std::min(2 * row + 2, height); ++y) {
    for (int64_t column = 0; column < columns; ++column) {
      const int64_t begin = std::max<int64_t>(2 * column - 1, 0);
      const int64_t end = std::min(2 * column + 2, width);
      for (int64_t x = begin; x < end; ++x) {
        Raise(image + (y * width + x) * channels, channels, result + column * channels);
      }
    }
  }
}

template <typename T>
void Pool(const torch::Tensor& x, torch::Tensor* pooled) {
  const int64_t channels = x.size(1), height = x.size(2), width = x.size(3);
  const int64_t rows = pooled->size(2), columns = pooled->size(3);
  const T* from = static_cast<const T*>(x.const_data_ptr());
  T* to = static_cast<T*>(pooled->mutable_data_ptr());
  at::parallel_for(0, x.size(0) * rows, 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      PoolRow(from + row / rows * height * width * channels, height, width, channels, row % rows,
              to + row * columns * channels);
    }
  });
}

}  // namespace

torch::Tensor MaxPoolAfterRelu(const torch::Tensor& x) {
  const torch::Tensor dense = x.contiguous(torch::MemoryFormat::ChannelsLast);
  torch::Tensor pooled =
      torch::empty({x.size(0), x.size(1), (x.size(2) + 1) / 2, (x.size(3) + 1) / 2},
                   x.options().memory_format(torch::MemoryFormat::ChannelsLast));
  switch (x.scalar_type()) {
    case torch::kByte: Pool<uint8_t>(dense, &pooled); break;
    case torch::kBFloat16: Pool<Bfloat16Bits>(dense, &pooled); break;
    default: Pool<float>(dense.to(torch::kFloat), &pooled);
  }
  return pooled;
}

}  // namespace fovea
