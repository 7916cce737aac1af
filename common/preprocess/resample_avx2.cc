// A weight of 22 bits is split into two of 11, so that products of 16-bit numbers, which the
// processor adds up in pairs, give the exact sum: (sum of high << 11) + sum of low. Neither part
// leaves 32 bits, because the weights of one position add up to 2^22.
#include "common/preprocess/resample_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <algorithm>
#include <cstring>

#define FOVEA_AVX2 [[gnu::target("avx2")]]

namespace fovea {
namespace {

constexpr int kChannels = 3;
constexpr int kHalfBits = kWeightBits / 2;
constexpr int32_t kLowMask = (1 << kHalfBits) - 1;
constexpr int kTapsAGroup = 4;
constexpr int kColumnsABlock = 8;

int16_t High(int32_t weight) { return static_cast<int16_t>(weight >> kHalfBits); }
int16_t Low(int32_t weight) { return static_cast<int16_t>(weight & kLowMask); }

// Two numbers of 16 bits, as a multiplication of pairs takes them.
int32_t Pair(int16_t first, int16_t second) {
  return static_cast<int32_t>(static_cast<uint32_t>(static_cast<uint16_t>(second)) << 16 |
                              static_cast<uint16_t>(first));
}

// By output column, in groups of four taps: the high halves, then the low halves.
struct GroupedWeights {
  int groups = 0;
  std::vector<int16_t> halves;
};

GroupedWeights GroupByFour(const ResampleWeights& axis) {
  GroupedWeights out;
  out.groups = (axis.taps + kTapsAGroup - 1) / kTapsAGroup;
  out.halves.assign(axis.first.size() * out.groups * 2 * kTapsAGroup, 0);
  for (size_t x = 0; x < axis.first.size(); ++x) {
    int16_t* const column = &out.halves[x * out.groups * 2 * kTapsAGroup];
    for (int tap = 0; tap < axis.taps; ++tap) {
      const int32_t weight = axis.weights[x * axis.taps + tap];
      int16_t* const group = column + tap / kTapsAGroup * 2 * kTapsAGroup;
      group[tap % kTapsAGroup] = High(weight);
      group[kTapsAGroup + tap % kTapsAGroup] = Low(weight);
    }
  }
  return out;
}

FOVEA_AVX2 __m256i AddProducts(__m256i sum, __m256i values, __m256i weights) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(values, weights));
}

FOVEA_AVX2 __m256i Join(__m256i high, __m256i low) {
  return _mm256_add_epi32(_mm256_slli_epi32(high, kHalfBits), low);
}

// One row. Reads whole groups: up to 4 + 12 bytes a group behind the first byte of a position.
FOVEA_AVX2 void OneRow(const uint8_t* row, const ResampleWeights& axis,
                       const GroupedWeights& grouped, uint8_t* out) {
  // Of four pixels, red, green and blue of the first two, and of the last two, as pairs.
  const __m256i pixel_pairs = _mm256_setr_epi8(
      0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1,
      6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
  const __m256i high_pairs = _mm256_setr_epi8(
      0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
      4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
  const __m256i low_pairs = _mm256_add_epi8(high_pairs, _mm256_set1_epi8(8));
  const __m128i half = _mm_set1_epi32(1 << (kWeightBits - 1));
  const int16_t* weights = grouped.halves.data();
  for (const int first : axis.first) {
    const uint8_t* values = row + first * kChannels;
    __m256i high = _mm256_setzero_si256(), low = _mm256_setzero_si256();
    for (int group = 0; group < grouped.groups; ++group) {
      const __m256i pixels = _mm256_shuffle_epi8(
          _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(values))),
          pixel_pairs);
      const __m256i both = _mm256_broadcastsi128_si256(
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(weights)));
      high = AddProducts(high, pixels, _mm256_shuffle_epi8(both, high_pairs));
      low = AddProducts(low, pixels, _mm256_shuffle_epi8(both, low_pairs));
      values += kTapsAGroup * kChannels;
      weights += 2 * kTapsAGroup;
    }
    const __m256i sums = Join(high, low);
    const __m128i sum = _mm_add_epi32(
        half, _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1)));
    const __m128i levels = _mm_srai_epi32(sum, kWeightBits);
    const __m128i words = _mm_packs_epi32(levels, levels);
    const int32_t bytes = _mm_cvtsi128_si32(_mm_packus_epi16(words, words));
    std::memcpy(out, &bytes, kChannels);
    out += kChannels;
  }
}

FOVEA_AVX2 void Columns(const Image& image, const ResampleWeights& axis, Image* out) {
  const GroupedWeights grouped = GroupByFour(axis);
  const size_t length = static_cast<size_t>(image.width) * kChannels;
  const size_t reach = length + static_cast<size_t>(grouped.groups) * kTapsAGroup * kChannels + 4;
  std::vector<uint8_t> padded(reach);
  for (int y = 0; y < image.height; ++y) {
    const uint8_t* row = &image.rgb[y * length];
    // What is read behind a row has weight 0, but it must be there.
    if (y * length + reach > image.rgb.size()) {
      std::memcpy(padded.data(), row, length);
      row = padded.data();
    }
    OneRow(row, axis, grouped, &out->rgb[static_cast<size_t>(y) * out->width * kChannels]);
  }
}

// Two neighbouring rows of the source and their weights.
struct RowPair {
  const uint8_t* first;
  const uint8_t* second;
  int32_t high;
  int32_t low;
};

// Those of output row `y`. Their rows are in the picture, also where a weight is 0.
void PairRows(const Image& image, const ResampleWeights& axis, int y, std::vector<RowPair>* pairs) {
  const size_t length = static_cast<size_t>(image.width) * kChannels;
  const int32_t* const weights = &axis.weights[static_cast<size_t>(y) * axis.taps];
  pairs->clear();
  for (int tap = 0; tap < axis.taps; tap += 2) {
    const int32_t first = weights[tap], second = tap + 1 < axis.taps ? weights[tap + 1] : 0;
    if (first == 0 && second == 0) continue;
    const int row = axis.first[y] + tap;
    const int next = std::min(row + 1, image.height - 1);
    pairs->push_back({&image.rgb[row * length], &image.rgb[next * length],
                      Pair(High(first), High(second)), Pair(Low(first), Low(second))});
  }
}

// Eight values of a row, from column `x` on.
FOVEA_AVX2 void OneBlock(const std::vector<RowPair>& pairs, size_t x, uint8_t* out) {
  __m256i high = _mm256_setzero_si256(), low = _mm256_setzero_si256();
  for (const RowPair& pair : pairs) {
    const __m128i first = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(pair.first + x));
    const __m128i second = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(pair.second + x));
    const __m256i values = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(first, second));
    high = AddProducts(high, values, _mm256_set1_epi32(pair.high));
    low = AddProducts(low, values, _mm256_set1_epi32(pair.low));
  }
  const __m256i sums = _mm256_add_epi32(Join(high, low), _mm256_set1_epi32(1 << (kWeightBits - 1)));
  const __m256i levels = _mm256_srai_epi32(sums, kWeightBits);
  const __m128i words =
      _mm_packs_epi32(_mm256_castsi256_si128(levels), _mm256_extracti128_si256(levels, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(out), _mm_packus_epi16(words, words));
}

FOVEA_AVX2 void Rows(const Image& image, const ResampleWeights& axis, Image* out) {
  const size_t length = static_cast<size_t>(image.width) * kChannels;
  if (length < kColumnsABlock) return kGenericResample.rows(image, axis, out);
  std::vector<RowPair> pairs;
  for (int y = 0; y < out->height; ++y) {
    PairRows(image, axis, y, &pairs);
    uint8_t* const row = &out->rgb[y * length];
    for (size_t x = 0; x < length; x += kColumnsABlock) {
      const size_t begin = std::min(x, length - kColumnsABlock);  // The last block overlaps.
      OneBlock(pairs, begin, row + begin);
    }
  }
}

constexpr ResampleKernel kAvx2Resample = {Columns, Rows};

}  // namespace

const ResampleKernel* Avx2Resample() {
  return __builtin_cpu_supports("avx2") != 0 ? &kAvx2Resample : nullptr;
}

}  // namespace fovea

#else

namespace fovea {
const ResampleKernel* Avx2Resample() { return nullptr; }
}  // namespace fovea

#endif
