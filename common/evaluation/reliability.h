// Whether a model is right as often as it says.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace fovea {

// Images whose confidence is above `low` and at most `high`.
struct ReliabilityBin {
  double low = 0;
  double high = 0;
  int64_t images = 0;
  double mean_confidence = 0;  // NaN without images.
  double accuracy = 0;         // NaN without images.
};

// Confidence (the highest probability) against accuracy in bins of equal width, from which
// calibration follows (Guo et al., On Calibration of Modern Neural Networks, ICML 2017). Not
// thread-safe; reading is.
class ReliabilityCurve {
 public:
  static constexpr int kBins = 15;

  // An image of confidence 0..1, and whether the class of that confidence is the true one.
  void Add(double confidence, bool correct);

  std::vector<ReliabilityBin> Bins() const;
  // sum_b images_b / images * |accuracy_b - mean confidence_b|, 0..1; NaN without images.
  double ExpectedCalibrationError() const;

 private:
  struct Sums {
    int64_t images = 0;
    int64_t correct = 0;
    double confidence = 0;
  };
  std::array<Sums, kBins> sums_ = {};
};

}  // namespace fovea
