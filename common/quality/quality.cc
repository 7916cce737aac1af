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
    case QualityReason::kNotAFundus: return "NOT_A_FUNDUS";
    case QualityReason::kBlurred: return "BLURRED";
    case QualityReason::kTooDark: return "TOO_DARK";
    case QualityReason::kOverexposed: return "OVEREXPOSED";
    case QualityReason::kCutOff: return "CUT_OFF";
  }
  return "UNKNOWN";
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
            QualityReason::kOverexposed);
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
