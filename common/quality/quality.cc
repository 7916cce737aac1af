#include "common/quality/quality.h"

#include <algorithm>
#include <cmath>

#include "common/preprocess/resample.h"
#include "common/quality/exposure.h"
#include "common/quality/fundus_features.h"
#include "common/quality/fundus_rule.h"
#include "common/quality/sharpness.h"

namespace fovea {
namespace {

constexpr int kThumbnailSide = 64;  // Pixels, the shorter side.

Image Thumbnail(const Image& image) {
  const double scale = static_cast<double>(kThumbnailSide) / std::min(image.width, image.height);
  return Resample(image, static_cast<int>(std::lround(image.width * scale)),
                  static_cast<int>(std::lround(image.height * scale)));
}

double FromThumbnail(const Image& image) {
  return static_cast<double>(std::min(image.width, image.height)) / kThumbnailSide;
}

}  // namespace

const char* QualityReasonName(QualityReason reason) {
  switch (reason) {
    case QualityReason::kTooSmall: return "too_small";
    case QualityReason::kNotAFundus: return "not_a_fundus";
    case QualityReason::kBlurred: return "blurred";
    case QualityReason::kTooDark: return "too_dark";
    case QualityReason::kTooBright: return "too_bright";
    case QualityReason::kCutOff: return "cut_off";
  }
  return "unknown";
}

const char* QualityReasonAdvice(QualityReason reason) {
  switch (reason) {
    case QualityReason::kTooSmall:
      return "The photograph has too few pixels to be graded; send it in the size in which the "
             "camera stored it.";
    case QualityReason::kNotAFundus:
      return "This does not look like a photograph of a fundus; check that the right file was "
             "sent, and otherwise take another photograph.";
    case QualityReason::kBlurred:
      return "The photograph is not sharp enough to show small lesions; clean the lens, focus "
             "again and take another photograph.";
    case QualityReason::kTooDark:
      return "The photograph is too dark; widen the pupil or raise the flash and take another "
             "photograph.";
    case QualityReason::kTooBright:
      return "Too much of the retina is washed out; lower the flash and take another photograph.";
    case QualityReason::kCutOff:
      return "Too much of the field of view is missing; centre the camera on the pupil, the eye "
             "wide open, and take another photograph.";
  }
  return "";
}

Field FindField(const Image& image) {
  return FindField(Luminance(Thumbnail(image))).ScaledBy(FromThumbnail(image));
}

QualityMeasures MeasureQuality(const Image& image) {
  const Plane luminance = Luminance(Thumbnail(image));
  const Field field_of_thumbnail = FindField(luminance);
  const Field field = field_of_thumbnail.ScaledBy(FromThumbnail(image));
  const Exposure exposure = MeasureExposure(luminance, field_of_thumbnail);

  QualityMeasures measures;
  measures.short_side = std::min(image.width, image.height);
  measures.fundus_score =
      field.found() ? FundusScore(MeasureFundusFeatures(image, field)) : kNoFieldScore;
  measures.sharpness = MeasureSharpness(image, field);
  measures.brightness = exposure.brightness;
  measures.dark_share = exposure.dark_share;
  measures.saturated_share = exposure.saturated_share;
  measures.visible_share = field.visible_share;
  return measures;
}

std::vector<QualityReason> JudgeQuality(const QualityMeasures& measures,
                                        const QualityThresholds& thresholds) {
  if (measures.short_side < thresholds.min_short_side) return {QualityReason::kTooSmall};
  std::vector<QualityReason> reasons;
  const auto refuse_if = [&reasons](bool refused, QualityReason reason) {
    if (refused) reasons.push_back(reason);
  };
  refuse_if(measures.fundus_score < thresholds.min_fundus_score, QualityReason::kNotAFundus);
  refuse_if(measures.sharpness < thresholds.min_sharpness, QualityReason::kBlurred);
  refuse_if(measures.brightness < thresholds.min_brightness ||
                measures.dark_share > thresholds.max_dark_share,
            QualityReason::kTooDark);
  refuse_if(measures.saturated_share > thresholds.max_saturated_share,
            QualityReason::kTooBright);
  refuse_if(measures.visible_share < thresholds.min_visible_share, QualityReason::kCutOff);
  return reasons;
}

QualityReport AssessQuality(const Image& image, const QualityThresholds& thresholds) {
  QualityReport report;
  report.measures = MeasureQuality(image);
  report.reasons = JudgeQuality(report.measures, thresholds);
  return report;
}

}  // namespace fovea
