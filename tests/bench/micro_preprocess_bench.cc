// Micro-benchmarks of one thread's work on one photograph: decode, resize, normalise.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "common/preprocess/preprocess.h"
#include "tests/bench/check.h"
#include "tests/testing/phantom.h"

namespace fovea {
namespace {

Image Photograph(int width, int height) {
  Phantom phantom;
  phantom.width = width;
  phantom.height = height;
  return PaintPhantom(phantom);
}

// Arguments: width and height of the photograph, DecodeOptions.min_short_side.
void BM_DecodeJpeg(benchmark::State& state) {
  const std::string bytes = EncodeJpeg(
      Photograph(static_cast<int>(state.range(0)), static_cast<int>(state.range(1))));
  DecodeOptions options;
  options.min_short_side = static_cast<int>(state.range(2));
  for (auto _ : state) benchmark::DoNotOptimize(Check(DecodeImage(bytes, {}, options)));
}
BENCHMARK(BM_DecodeJpeg)
    ->Args({3888, 2592, 0})
    ->Args({3888, 2592, 512})
    ->Args({340, 256, 0})
    ->Unit(benchmark::kMillisecond);

void BM_ResizeShortSide(benchmark::State& state) {
  const Image image =
      Photograph(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  for (auto _ : state) benchmark::DoNotOptimize(Check(ResizeShortSide(image, 256)));
}
BENCHMARK(BM_ResizeShortSide)
    ->Args({3888, 2592})
    ->Args({972, 648})
    ->Unit(benchmark::kMillisecond);

void BM_Normalise(benchmark::State& state) {
  const PreprocessSpec spec;
  const Image image = Photograph(384, 256);
  std::vector<float> tensor(static_cast<size_t>(spec.crop_size) * spec.crop_size * 3);
  for (auto _ : state) {
    ToTensor(image, CentreCrop(image.width, image.height, spec), spec, tensor.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(BM_Normalise)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace fovea
