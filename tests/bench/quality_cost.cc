#include "tests/bench/quality_cost.h"

#include <cstdio>
#include <string>
#include <vector>

#include "common/preprocess/preprocess.h"
#include "common/quality/quality.h"
#include "tests/bench/median.h"
#include "tests/bench/thread_time.h"
#include "tests/testing/phantom.h"

namespace fovea {
namespace {

constexpr int kRounds = 15;
constexpr int kShortSide = 256;

}  // namespace

void PrintQualityCost() {
  for (const auto& [width, height] : kPhotographSizes) {
    const Image image = PaintPhantom({1, 2, true, width, height});
    const std::string jpeg = EncodeJpeg(image);
    const Image small = *ResizeShortSide(image, kShortSide);
    std::vector<double> decode, resize, gate;
    for (int round = 0; round < kRounds; ++round) {
      decode.push_back(Milliseconds([&] { (void)DecodeImage(jpeg, DecodeLimits()); }));
      resize.push_back(Milliseconds([&] { (void)ResizeShortSide(image, kShortSide); }));
      gate.push_back(Milliseconds([&] { (void)AssessQuality(small); }));
    }
    std::printf("%4d x %4d   decoding %6.2f ms   resizing %6.2f   quality gate %6.2f   "
                "gate / decoding %.2f\n",
                width, height, Median(decode), Median(resize), Median(gate),
                Median(gate) / Median(decode));
  }
}

}  // namespace fovea
