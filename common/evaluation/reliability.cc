#include "common/evaluation/reliability.h"

#include <cmath>

#include "common/evaluation/undefined.h"

namespace fovea {
namespace {

double Edge(int bin) { return static_cast<double>(bin) / ReliabilityCurve::kBins; }

}  // namespace

void ReliabilityCurve::Add(double confidence, bool correct) {
  int bin = 0;
  while (bin + 1 < kBins && confidence > Edge(bin + 1)) ++bin;
  Sums& sums = sums_[static_cast<size_t>(bin)];
  ++sums.images;
  if (correct) ++sums.correct;
  sums.confidence += confidence;
}

std::vector<ReliabilityBin> ReliabilityCurve::Bins() const {
  std::vector<ReliabilityBin> bins;
  for (int i = 0; i < kBins; ++i) {
    const Sums& sums = sums_[static_cast<size_t>(i)];
    const double images = static_cast<double>(sums.images);
    bins.push_back({.low = Edge(i),
                    .high = Edge(i + 1),
                    .images = sums.images,
                    .mean_confidence = Share(sums.confidence, images),
                    .accuracy = Share(static_cast<double>(sums.correct), images)});
  }
  return bins;
}

double ReliabilityCurve::ExpectedCalibrationError() const {
  double gaps = 0;
  double images = 0;
  for (const Sums& sums : sums_) {
    // The bin's images times the difference of its means is the difference of its sums.
    gaps += std::abs(static_cast<double>(sums.correct) - sums.confidence);
    images += static_cast<double>(sums.images);
  }
  return Share(gaps, images);
}

}  // namespace fovea
