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

absl::StatusOr<QualityReport> QualityGate::Assess(const DecodedImage& decoded,
                                                  const Image& prepared,
                                                  const PreprocessSpec& spec) const {
  const int side = std::clamp(spec.resize_short_side, kSmallest, kLargest);
  QualityReport report;
  const bool plain = !spec.crop_to_fundus && !spec.subtract_local_average;
  if (plain && side == spec.resize_short_side) {
    report.measures = MeasureQuality(prepared);
  } else {
    FOVEA_ASSIGN_OR_RETURN(const Image image, ResizeShortSide(decoded, decoded.Whole(), side));
    report.measures = MeasureQuality(image);
  }
  report.measures.short_side = std::min(decoded.width, decoded.height);
  report.reasons = JudgeQuality(report.measures, options_.thresholds);
  return report;
}

}  // namespace fovea
