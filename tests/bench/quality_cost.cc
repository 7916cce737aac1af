#include "tests/bench/quality_cost.h"

#include <time.h>

#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/preprocess/preprocess.h"
#include "common/quality/quality.h"
#include "tests/bench/median.h"
#include "tests/testing/phantom.h"

namespace fovea {
namespace {

constexpr int kRounds = 15;
constexpr int kShortSide = 256;
constexpr std::pair<int, int> kSizes[] = {{3888, 2592}, {2048, 1536}, {1024, 768}, {341, 256}};

absl::Duration ThreadTime() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return absl::DurationFromTimespec(now);
}

double Milliseconds(const std::function<void()>& work) {
  const absl::Duration start = ThreadTime();
  work();
  return absl::ToDoubleMilliseconds(ThreadTime() - start);
}

}  // namespace

void PrintQualityCost() {
  for (const auto& [width, height] : kSizes) {
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
