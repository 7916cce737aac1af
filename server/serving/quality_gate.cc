#include "server/serving/quality_gate.h"

#include <algorithm>
#include <iterator>

#include "common/base/status.h"
#include "common/preprocess/preprocess.h"
#include "server/model/architecture.h"

namespace fovea {
namespace {

// Short sides, in pixels, of the picture that is measured.
constexpr int kSmallest = 64;
constexpr int kLargest = 256;

}  // namespace

bool QualityGate::Watches(const Manifest& manifest) const {
  return options_.enabled && manifest.num_classes == std::ssize(kGradeNames);
}

absl::StatusOr<QualityReport> QualityGate::Assess(const DecodedPhotograph& photograph,
                                                  const PreprocessSpec& spec) const {
  const int side = std::clamp(spec.resize_short_side, kSmallest, kLargest);
  QualityReport report;
  const bool plain = !spec.crop_to_fundus && !spec.subtract_local_average;
  if (plain && side == spec.resize_short_side) {
    report.measures = MeasureQuality(photograph.prepared);
  } else {
    FOVEA_ASSIGN_OR_RETURN(const Image image, ResizeShortSide(photograph.decoded, side));
    report.measures = MeasureQuality(image);
  }
  report.measures.short_side = photograph.stored_short_side;
  report.reasons = JudgeQuality(report.measures, options_.thresholds);
  return report;
}

}  // namespace fovea
