// What cropping to the fundus and subtracting the local average cost a photograph, beside decoding
// and plain preprocessing, and what a scaled decode saves: CPU time of one thread, rounds in turn.

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "common/preprocess/preprocess.h"
#include "tests/bench/camera_photograph.h"
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
  const DecodedImage whole_image(image);
  // Plain, cropped, less the local average, both.
  PreprocessSpec specs[4];
  specs[1].crop_to_fundus = specs[3].crop_to_fundus = true;
  specs[2].subtract_local_average = specs[3].subtract_local_average = true;
  std::vector<double> decode, prepare[4];
  for (int round = 0; round < kRounds; ++round) {
    decode.push_back(Milliseconds([&] { (void)DecodeImage(jpeg, DecodeLimits()); }));
    for (int i = 0; i < 4; ++i) {
      prepare[i].push_back(Milliseconds([&] { (void)PrepareImage(whole_image, specs[i]); }));
    }
  }
  const double whole = Median(decode) + Median(prepare[0]);
  std::printf("%4d x %4d   decoding %6.2f ms   plain %6.2f   cropped %6.2f   less average %6.2f   "
              "both %6.2f   decoding + both / decoding + plain %.2f\n",
              width, height, Median(decode), Median(prepare[0]), Median(prepare[1]),
              Median(prepare[2]), Median(prepare[3]),
              (Median(decode) + Median(prepare[3])) / whole);
}

// Medians of decoding and of preparing a file, in milliseconds.
struct Times {
  std::vector<double> decode, prepare;

  void Add(const std::string& jpeg, const PreprocessSpec& spec) {
    DecodedImage decoded;
    decode.push_back(Milliseconds(
        [&] { decoded = *DecodePhotograph(jpeg, DecodeLimits(), DecodeOptionsOf(spec)); }));
    prepare.push_back(Milliseconds([&] { (void)PrepareImage(decoded, spec); }));
  }
  double Sum() const { return Median(decode) + Median(prepare); }
};

void CompareScaled(int width, int height, double grain) {
  const Image painted = PaintPhantom({1, 2, true, width / 8, height / 8});
  const std::string jpeg = StoredByCamera(painted, {.height = height, .grain = grain});
  for (const bool modern : {false, true}) {
    PreprocessSpec full;
    full.crop_to_fundus = full.subtract_local_average = modern;
    PreprocessSpec scaled = full;
    scaled.scaled_decode = true;
    Times of_full, of_scaled;
    for (int round = 0; round < kRounds; ++round) {
      of_full.Add(jpeg, full);
      of_scaled.Add(jpeg, scaled);
    }
    std::printf("%4d x %4d, %4.2f MB, %s   full: decoding %6.2f ms, the rest %6.2f   scaled: "
                "%6.2f, %6.2f   full / scaled %.2f\n",
                width, height, static_cast<double>(jpeg.size()) / 1e6,
                modern ? "modern" : "plain ", Median(of_full.decode), Median(of_full.prepare),
                Median(of_scaled.decode), Median(of_scaled.prepare),
                of_full.Sum() / of_scaled.Sum());
  }
}

}  // namespace
}  // namespace fovea

int main() {
  for (const auto& [width, height] : fovea::kPhotographSizes) fovea::Compare(width, height);
  for (const double grain : {0.0, 4.0}) {
    fovea::CompareScaled(3888, 2592, grain);
    fovea::CompareScaled(1920, 1280, grain);
  }
}
