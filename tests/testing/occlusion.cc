#include "tests/testing/occlusion.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "common/base/status.h"

namespace fovea {
namespace {

constexpr int kDarkest = 24;
constexpr double kShareInFundus = 0.9;

// Sums over squares of a square map in constant time each.
class SummedArea {
 public:
  template <typename Value>
  SummedArea(const std::vector<Value>& map, int size) : stride_(size + 1) {
    sums_.resize(static_cast<size_t>(stride_) * stride_);
    for (int y = 0; y < size; ++y) {
      for (int x = 0; x < size; ++x) {
        At(x + 1, y + 1) = map[static_cast<size_t>(y) * size + x] + At(x, y + 1) + At(x + 1, y) -
                           At(x, y);
      }
    }
  }
  double Of(const Square& square) {
    const int right = square.left + square.side, bottom = square.top + square.side;
    return At(right, bottom) - At(square.left, bottom) - At(right, square.top) +
           At(square.left, square.top);
  }

 private:
  double& At(int x, int y) { return sums_[static_cast<size_t>(y) * stride_ + x]; }

  const int stride_;
  std::vector<double> sums_;
};

template <typename Use>
void ForEachSquare(int size, int side, const Use& use) {
  for (int top = 0; top + side <= size; ++top) {
    for (int left = 0; left + side <= size; ++left) use(Square{left, top, side});
  }
}

// Of the fundus in a tensor as ToTensor writes it; 0 where there is none.
std::array<float, 3> MeanColour(const std::vector<float>& tensor,
                                const std::vector<uint8_t>& fundus) {
  std::array<double, 3> sums = {};
  size_t pixels = 0;
  for (size_t i = 0; i < fundus.size(); ++i) {
    if (fundus[i] == 0) continue;
    ++pixels;
    for (size_t channel = 0; channel < 3; ++channel) sums[channel] += tensor[i * 3 + channel];
  }
  std::array<float, 3> mean = {};
  for (size_t channel = 0; channel < 3 && pixels > 0; ++channel) {
    mean[channel] = static_cast<float>(sums[channel] / static_cast<double>(pixels));
  }
  return mean;
}

void Fill(const Square& square, const std::vector<uint8_t>& fundus, int size,
          const std::array<float, 3>& colour, float* tensor) {
  for (int y = square.top; y < square.top + square.side; ++y) {
    for (int x = square.left; x < square.left + square.side; ++x) {
      const size_t pixel = static_cast<size_t>(y) * size + x;
      if (fundus[pixel] != 0) std::copy(colour.begin(), colour.end(), tensor + pixel * 3);
    }
  }
}

}  // namespace

Square HottestSquare(const HeatMap& heat, int side) {
  SummedArea sums(heat.values, heat.width);
  Square hottest{0, 0, side};
  ForEachSquare(heat.width, side, [&](const Square& square) {
    if (sums.Of(square) > sums.Of(hottest)) hottest = square;
  });
  return hottest;
}

std::vector<uint8_t> FundusOf(const Image& crop) {
  std::vector<uint8_t> fundus(crop.rgb.size() / 3);
  for (size_t i = 0; i < fundus.size(); ++i) {
    const uint8_t* rgb = crop.rgb.data() + i * 3;
    fundus[i] = std::max({rgb[0], rgb[1], rgb[2]}) > kDarkest ? 1 : 0;
  }
  return fundus;
}

std::vector<Square> SquaresInFundus(const std::vector<uint8_t>& fundus, int crop_size, int side) {
  SummedArea sums(fundus, crop_size);
  std::vector<Square> squares;
  ForEachSquare(crop_size, side, [&](const Square& square) {
    if (sums.Of(square) >= kShareInFundus * side * side) squares.push_back(square);
  });
  return squares;
}

absl::StatusOr<std::vector<std::vector<float>>> LogitsWithout(const InferenceModel& model,
                                                              const std::vector<float>& tensor,
                                                              const std::vector<uint8_t>& fundus,
                                                              const std::vector<Square>& squares) {
  const std::array<float, 3> colour = MeanColour(tensor, fundus);
  std::vector<float> batch;
  batch.reserve(tensor.size() * squares.size());
  for (const Square& square : squares) {
    batch.insert(batch.end(), tensor.begin(), tensor.end());
    Fill(square, fundus, model.manifest().preprocess.crop_size, colour,
         batch.data() + batch.size() - tensor.size());
  }
  FOVEA_ASSIGN_OR_RETURN(const std::vector<float> logits,
                         model.Logits(batch.data(), static_cast<int>(squares.size())));
  const size_t classes = logits.size() / squares.size();
  std::vector<std::vector<float>> rows;
  for (size_t i = 0; i < squares.size(); ++i) {
    rows.emplace_back(logits.begin() + i * classes, logits.begin() + (i + 1) * classes);
  }
  return rows;
}

}  // namespace fovea
