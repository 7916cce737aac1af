#include "common/preprocess/local_average.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "common/preprocess/fundus.h"

namespace fovea {
namespace {

constexpr int kGain = 4;
constexpr int kGrey = 128;
constexpr double kInnerShare = 0.98;  // Of the radius of the disc.
constexpr int kMaskedLevel = 12;      // Up to this mean luma a line at the rim is masked.
constexpr int kWeightBits = 12;       // Weights add up to 1 << kWeightBits.
constexpr int kFractionBits = 8;      // Of values between the two passes.

constexpr uint16_t kFull = 255 << kFractionBits;

using Values = std::vector<uint16_t>;  // Row-major; a pixel of 255 is kFull.

// The half of the kernel from its centre outwards; with its mirror image it adds up to exactly
// 1 << kWeightBits.
Values GaussianWeights(double sigma) {
  const int radius = std::max(1, static_cast<int>(std::lround(3 * sigma)));
  std::vector<double> exact(static_cast<size_t>(radius) + 1);
  double sum = 0;
  for (int i = 0; i <= radius; ++i) {
    exact[static_cast<size_t>(i)] = std::exp(-0.5 * i * i / (sigma * sigma));
    sum += exact[static_cast<size_t>(i)] * (i == 0 ? 1 : 2);
  }
  Values weights;
  int outer = 0;
  for (const double weight : exact) {
    weights.push_back(static_cast<uint16_t>(std::lround(weight / sum * (1 << kWeightBits))));
    outer += 2 * weights.back();
  }
  outer -= 2 * weights[0];
  weights[0] = static_cast<uint16_t>((1 << kWeightBits) - outer);
  return weights;
}

// Adds a line of `length` values times a weight. 16 by 16 bits is what processors multiply fastest.
void AddLine(const uint16_t* line, uint16_t weight, int length, uint32_t* __restrict sums) {
  for (int x = 0; x < length; ++x) sums[x] += uint32_t{line[x]} * uint32_t{weight};
}

// Sums of a pass, back in the form of its input.
void Store(const std::vector<uint32_t>& sums, uint16_t* out) {
  for (size_t x = 0; x < sums.size(); ++x) {
    out[x] = static_cast<uint16_t>((sums[x] + (1u << (kWeightBits - 1))) >> kWeightBits);
  }
}

void BlurRows(int width, int height, const Values& weights, Values* values) {
  const size_t reach = weights.size() - 1;
  Values line(static_cast<size_t>(width) + 2 * reach);  // With zeros on both sides.
  uint16_t* const middle = line.data() + reach;
  std::vector<uint32_t> sums(static_cast<size_t>(width));
  for (int y = 0; y < height; ++y) {
    uint16_t* const row = values->data() + static_cast<size_t>(y) * width;
    std::copy_n(row, width, middle);
    std::fill(sums.begin(), sums.end(), 0);
    AddLine(middle, weights[0], width, sums.data());
    for (size_t i = 1; i < weights.size(); ++i) {
      AddLine(middle - i, weights[i], width, sums.data());
      AddLine(middle + i, weights[i], width, sums.data());
    }
    Store(sums, row);
  }
}

// All columns at once, row by row; rows beyond the picture count as zeros.
void BlurColumns(int width, int height, const Values& weights, Values* values) {
  const Values in = *values;
  const int reach = static_cast<int>(weights.size()) - 1;
  std::vector<uint32_t> sums(static_cast<size_t>(width));
  for (int y = 0; y < height; ++y) {
    std::fill(sums.begin(), sums.end(), 0);
    for (int v = std::max(0, y - reach); v <= std::min(height - 1, y + reach); ++v) {
      const uint16_t weight = weights[static_cast<size_t>(std::abs(v - y))];
      AddLine(in.data() + static_cast<size_t>(v) * width, weight, width, sums.data());
    }
    Store(sums, values->data() + static_cast<size_t>(y) * width);
  }
}

void Blur(int width, int height, const Values& weights, Values* values) {
  BlurRows(width, height, weights, values);
  BlurColumns(width, height, weights, values);
}

int Luma(const uint8_t* pixel) {
  return (299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2]) / 1000;
}

// Sums over the pixels of a line of the picture.
struct Line {
  int64_t luma = 0;
  int64_t pixels = 0;

  bool masked() const { return luma <= pixels * kMaskedLevel; }
};

// From the first to one after the last line that is not masked.
std::pair<int, int> Unmasked(const std::vector<Line>& lines) {
  const auto shows = [](const Line& line) { return !line.masked(); };
  const auto first = std::find_if(lines.begin(), lines.end(), shows);
  const auto last = std::find_if(lines.rbegin(), lines.rend(), shows);
  return {static_cast<int>(first - lines.begin()), static_cast<int>(lines.rend() - last)};
}

// For each pixel kFull inside the fundus and 0 outside.
Values FundusMask(const Image& image) {
  Values mask(static_cast<size_t>(image.width) * image.height, kFull);
  const Field field = FindFundus(image);
  if (!field.found()) return mask;
  std::vector<Line> rows(static_cast<size_t>(image.height));
  std::vector<Line> columns(static_cast<size_t>(image.width));
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      if (!field.Contains(x + 0.5, y + 0.5, kInnerShare)) continue;
      const int luma = Luma(&image.rgb[(static_cast<size_t>(y) * image.width + x) * 3]);
      for (Line* line : {&rows[static_cast<size_t>(y)], &columns[static_cast<size_t>(x)]}) {
        line->luma += luma;
        ++line->pixels;
      }
    }
  }
  const auto [top, bottom] = Unmasked(rows);
  const auto [left, right] = Unmasked(columns);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const bool unmasked = y >= top && y < bottom && x >= left && x < right;
      if (unmasked && field.Contains(x + 0.5, y + 0.5, kInnerShare)) continue;
      mask[static_cast<size_t>(y) * image.width + x] = 0;
    }
  }
  return mask;
}

// 128 + 4 * (value - average), where the average is 255 * sum / weight.
uint8_t LessAverage(uint8_t value, uint32_t sum, uint32_t weight) {
  const int64_t wide = weight;
  const int64_t scaled = (int64_t{kGrey} + kGain * value) * wide - int64_t{kGain} * 255 * sum;
  // Rounds halves up, also below 0, where the division would round the other way.
  const int64_t rounded = scaled <= 0 ? 0 : (2 * scaled + wide) / (2 * wide);
  return static_cast<uint8_t>(std::min<int64_t>(rounded, 255));
}

}  // namespace

void SubtractLocalAverage(double sigma, Image* image) {
  const Values weights = GaussianWeights(sigma);
  const Values mask = FundusMask(*image);
  Values weight = mask;
  Blur(image->width, image->height, weights, &weight);
  Values sum(mask.size());
  for (int channel = 0; channel < 3; ++channel) {
    uint8_t* const first = image->rgb.data() + channel;
    for (size_t i = 0; i < mask.size(); ++i) {
      sum[i] = mask[i] == 0 ? 0 : static_cast<uint16_t>(first[3 * i] << kFractionBits);
    }
    Blur(image->width, image->height, weights, &sum);
    for (size_t i = 0; i < mask.size(); ++i) {
      first[3 * i] = mask[i] == 0 ? 0 : LessAverage(first[3 * i], sum[i], weight[i]);
    }
  }
}

}  // namespace fovea
