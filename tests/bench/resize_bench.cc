// Resizing a photograph: ours against our plain loops, ATen's kernel for bytes and the decoding that
// comes before, one thread each, rounds in turn.
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/preprocess/preprocess.h"
#include "common/preprocess/resample_kernels.h"
#include "common/torch/torch.h"
#include "tests/bench/median.h"
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

torch::Tensor ResizeByAten(const Image& image, int width, int height) {
  const torch::NoGradGuard no_gradients;
  const torch::Tensor source =
      torch::from_blob(const_cast<uint8_t*>(image.rgb.data()), {1, image.height, image.width, 3},
                       torch::kByte)
          .permute({0, 3, 1, 2});
  return at::_upsample_bilinear2d_aa(source, {height, width}, /*align_corners=*/false);
}

Image ResizeByPlainLoops(const Image& image, int width, int height) {
  Image narrow = BlankImage(width, image.height), out = BlankImage(width, height);
  kGenericResample.columns(image, BilinearWeights(image.width, width), &narrow);
  kGenericResample.rows(narrow, BilinearWeights(image.height, height), &out);
  return out;
}

void Compare(int width, int height) {
  const Image image = PaintPhantom({1, 2, true, width, height});
  const std::string jpeg = EncodeJpeg(image);
  const Image resized = *ResizeShortSide(image, kShortSide);
  std::vector<double> ours, plain, aten, decode;
  for (int round = 0; round < kRounds; ++round) {
    ours.push_back(Milliseconds([&] { (void)ResizeShortSide(image, kShortSide); }));
    plain.push_back(
        Milliseconds([&] { (void)ResizeByPlainLoops(image, resized.width, resized.height); }));
    aten.push_back(
        Milliseconds([&] { (void)ResizeByAten(image, resized.width, resized.height); }));
    decode.push_back(Milliseconds([&] { (void)DecodeImage(jpeg, DecodeLimits()); }));
  }
  std::printf("%4d x %4d   ours %6.2f ms   plain loops %7.2f   ATen %6.2f   decoding %7.2f   "
              "ours / ATen %.2f\n",
              width, height, Median(ours), Median(plain), Median(aten), Median(decode),
              Median(ours) / Median(aten));
}

}  // namespace
}  // namespace fovea

int main() {
  at::set_num_threads(1);
  for (const auto& [width, height] : fovea::kSizes) fovea::Compare(width, height);
}
