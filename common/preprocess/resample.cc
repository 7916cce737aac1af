#include "common/preprocess/resample.h"

#include <algorithm>
#include <cstring>

#include "common/preprocess/resample_weights.h"

namespace fovea {
namespace {

constexpr int kChannels = 3;
// Values of a row are summed in this many lanes: whole pixels, and whole vectors of 8 numbers.
constexpr int kLanes = 24;

// The loops are inlined into two functions, one of them compiled for wider vectors (ADR 8). They
// compute in integers, so both give the same.
[[gnu::always_inline]] inline uint8_t FromFixedPoint(int32_t sum) {
  return static_cast<uint8_t>(std::clamp(sum >> kWeightBits, 0, 255));
}

constexpr int32_t kHalf = 1 << (kWeightBits - 1);

// The weights of a row: each three times, once a channel, in blocks of kLanes with zeros behind.
struct RowWeights {
  int blocks = 0;
  std::vector<int> first;  // By output column: where its first value is in the row.
  std::vector<int32_t> lanes;
};

RowWeights ForRows(const ResampleWeights& axis) {
  RowWeights out;
  out.blocks = (axis.taps * kChannels + kLanes - 1) / kLanes;
  const size_t width = static_cast<size_t>(out.blocks) * kLanes;
  out.lanes.assign(axis.first.size() * width, 0);
  for (size_t x = 0; x < axis.first.size(); ++x) {
    out.first.push_back(axis.first[x] * kChannels);
    for (int i = 0; i < axis.taps * kChannels; ++i) {
      out.lanes[x * width + i] = axis.weights[x * axis.taps + i / kChannels];
    }
  }
  return out;
}

// One row. `row` has kLanes values a block behind the last pixel that may be read, their weights
// are 0.
[[gnu::always_inline]] inline void ShrinkRow(const uint8_t* row, const RowWeights& weights, uint8_t* out) {
  const int32_t* lane_weights = weights.lanes.data();
  for (const int first : weights.first) {
    int32_t sums[kLanes] = {};
    const uint8_t* values = row + first;
    for (int block = 0; block < weights.blocks; ++block) {
      for (int lane = 0; lane < kLanes; ++lane) sums[lane] += values[lane] * lane_weights[lane];
      values += kLanes;
      lane_weights += kLanes;
    }
    for (int channel = 0; channel < kChannels; ++channel) {
      int32_t sum = kHalf;
      for (int lane = channel; lane < kLanes; lane += kChannels) sum += sums[lane];
      *out++ = FromFixedPoint(sum);
    }
  }
}

// One row of the result, of `length` values, from `taps` rows of the same length.
[[gnu::always_inline]] inline void SumRows(const uint8_t* rows, int taps, const int32_t* weights, int length,
                          int32_t* sums, uint8_t* out) {
  std::fill_n(sums, length, kHalf);
  for (int tap = 0; tap < taps; ++tap) {
    if (weights[tap] == 0) continue;  // Also keeps from reading below the last row.
    const uint8_t* const row = rows + static_cast<size_t>(tap) * length;
    for (int i = 0; i < length; ++i) sums[i] += row[i] * weights[tap];
  }
  for (int i = 0; i < length; ++i) out[i] = FromFixedPoint(sums[i]);
}

[[gnu::always_inline]] inline void BothPasses(const Image& image, Image* out) {
  const RowWeights columns = ForRows(BilinearWeights(image.width, out->width));
  const ResampleWeights rows = BilinearWeights(image.height, out->height);
  const size_t source_length = static_cast<size_t>(image.width) * kChannels;
  const int length = out->width * kChannels;

  std::vector<uint8_t> row(source_length + static_cast<size_t>(columns.blocks) * kLanes);
  std::vector<uint8_t> narrow(static_cast<size_t>(length) * image.height);
  for (int y = 0; y < image.height; ++y) {
    std::memcpy(row.data(), &image.rgb[y * source_length], source_length);
    ShrinkRow(row.data(), columns, &narrow[static_cast<size_t>(y) * length]);
  }
  std::vector<int32_t> sums(static_cast<size_t>(length));
  for (int y = 0; y < out->height; ++y) {
    SumRows(&narrow[static_cast<size_t>(rows.first[y]) * length], rows.taps,
            &rows.weights[static_cast<size_t>(y) * rows.taps], length, sums.data(),
            &out->rgb[static_cast<size_t>(y) * length]);
  }
}

void BothPassesAnywhere(const Image& image, Image* out) { BothPasses(image, out); }

#if defined(__x86_64__)
[[gnu::target("avx2")]] void BothPassesAvx2(const Image& image, Image* out) {
  BothPasses(image, out);
}
#endif

auto* BothPassesHere() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") != 0) return BothPassesAvx2;
#endif
  return BothPassesAnywhere;
}

}  // namespace

Image Resample(const Image& image, int width, int height) {
  Image out;
  out.width = width;
  out.height = height;
  out.rgb.resize(static_cast<size_t>(width) * height * kChannels);
  BothPassesHere()(image, &out);
  return out;
}

}  // namespace fovea
