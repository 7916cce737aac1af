// What cropping to the fundus and subtracting the local average cost a photograph, beside decoding
// and plain preprocessing: CPU time of one thread, rounds in turn.

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "common/preprocess/preprocess.h"
#include "tests/bench/median.h"
#include "tests/bench/thread_time.h"
#include "tests/testing/phantom.h"

namespace fovea {
namespace {

constexpr int kRounds = 15;

// A phantom with a black margin of a tenth of the height above and below.
Image WithMargins(int width, int height) {
  const int side = height * 8 / 10;
  const Image fundus = PaintPhantom({1, 2, true, side, side});
  Image image = BlankImage(width, height);
  for (int y = 0; y < side; ++y) {
    const size_t to = (static_cast<size_t>(y + height / 10) * width + (width - side) / 2) * 3;
    std::copy_n(&fundus.rgb[static_cast<size_t>(y) * side * 3], side * 3, &image.rgb[to]);
  }
  return image;
}

void Compare(int width, int height) {
  const Image image = WithMargins(width, height);
  const std::string jpeg = EncodeJpeg(image);
  // Plain, cropped, less the local average, both.
  PreprocessSpec specs[4];
  specs[1].crop_to_fundus = specs[3].crop_to_fundus = true;
  specs[2].subtract_local_average = specs[3].subtract_local_average = true;
  std::vector<double> decode, prepare[4];
  for (int round = 0; round < kRounds; ++round) {
    decode.push_back(Milliseconds([&] { (void)DecodeImage(jpeg, DecodeLimits()); }));
    for (int i = 0; i < 4; ++i) {
      prepare[i].push_back(Milliseconds([&] { (void)PrepareImage(image, specs[i]); }));
    }
  }
  const double whole = Median(decode) + Median(prepare[0]);
  std::printf("%4d x %4d   decoding %6.2f ms   plain %6.2f   cropped %6.2f   less average %6.2f   "
              "both %6.2f   decoding + both / decoding + plain %.2f\n",
              width, height, Median(decode), Median(prepare[0]), Median(prepare[1]),
              Median(prepare[2]), Median(prepare[3]),
              (Median(decode) + Median(prepare[3])) / whole);
}

}  // namespace
}  // namespace fovea

int main() {
  for (const auto& [width, height] : fovea::kPhotographSizes) fovea::Compare(width, height);
}
