// Resizing a photograph: ours against ATen's kernel for bytes, one thread each, rounds in turn.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/preprocess/preprocess.h"
#include "common/torch/torch.h"
#include "tests/testing/phantom.h"

namespace fovea {
namespace {

constexpr int kRounds = 15;
constexpr int kShortSide = 256;
constexpr std::pair<int, int> kSizes[] = {{3888, 2592}, {2048, 1536}, {1024, 768}, {341, 300}};

double Milliseconds(const std::function<void()>& work) {
  const absl::Duration start = MonotonicNow();
  work();
  return absl::ToDoubleMilliseconds(MonotonicNow() - start);
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

torch::Tensor ResizeByAten(const Image& image, int width, int height) {
  const torch::NoGradGuard no_gradients;
  const torch::Tensor source =
      torch::from_blob(const_cast<uint8_t*>(image.rgb.data()), {1, image.height, image.width, 3},
                       torch::kByte)
          .permute({0, 3, 1, 2});
  return at::_upsample_bilinear2d_aa(source, {height, width}, /*align_corners=*/false);
}

void Compare(int width, int height) {
  const Image image = PaintPhantom({1, 2, true, width, height});
  const Image resized = *ResizeShortSide(image, kShortSide);
  std::vector<double> ours, aten;
  for (int round = 0; round < kRounds; ++round) {
    ours.push_back(Milliseconds([&] { (void)ResizeShortSide(image, kShortSide); }));
    aten.push_back(
        Milliseconds([&] { (void)ResizeByAten(image, resized.width, resized.height); }));
  }
  const double a = Median(ours), b = Median(aten);
  std::printf("%4d x %4d   ours %6.2f ms   ATen %6.2f ms   ratio %.2f\n", width, height, a, b, a / b);
}

}  // namespace
}  // namespace fovea

int main() {
  at::set_num_threads(1);
  for (const auto& [width, height] : fovea::kSizes) fovea::Compare(width, height);
}
