// Whether a photograph can be graded at all: a gate before the network, which grades anything.
#pragma once

#include <vector>

#include "common/preprocess/image.h"
#include "common/quality/field.h"

namespace fovea {

// Why a photograph cannot be graded.
enum class QualityReason {
  kTooSmall,    // It has so few pixels that nothing else can be said.
  kNotAFundus,  // It does not look like a fundus photograph.
  kBlurred,     // It has no fine detail.
  kTooDark,     // Its field of view is too dark as a whole or over too large a part.
  kTooBright,   // Too large a part of its field of view is white.
  kCutOff,      // Too small a part of the field of view is in the picture.
};
inline constexpr int kQualityReasons = 6;

// "too_small", "not_a_fundus", "blurred", "too_dark", "too_bright" or "cut_off".
const char* QualityReasonName(QualityReason reason);

// One sentence for the person with the camera: what is wrong, and what to do.
const char* QualityReasonAdvice(QualityReason reason);

// What was measured. Shares are 0..1.
struct QualityMeasures {
  int short_side = 0;          // Of the photograph as it was sent, in pixels.
  double fundus_score = 0;     // Log-odds; FundusScore, kNoFieldScore where no field was found.
  double sharpness = 0;        // Fine over broad detail; MeasureSharpness.
  double brightness = 0;       // Median luminance of the field, 0..1; Exposure.
  double dark_share = 0;       // Of the field; Exposure.
  double saturated_share = 0;  // Of the field; Exposure.
  double visible_share = 0;    // Of the circular field, inside the picture and not dark; Field.
};

// Beyond which values a photograph is refused. The defaults were chosen on 700 photographs of the
// training part so that hardly any is refused; docs/results.md has what they refuse.
struct QualityThresholds {
  // Pixels. On less than this the measures mean little, and no lesion can be seen.
  int min_short_side = 64;
  double min_fundus_score = 0;
  // Photographs have 0.3 to 1.0; blurred by a Gaussian of 1 pixel 0.16 to 0.31, of 1.5 pixels 0.11
  // to 0.21. A photograph that was enlarged to more than twice its size is refused too.
  double min_sharpness = 0.2;
  double min_brightness = 0.12;
  double max_dark_share = 0.4;
  double max_saturated_share = 0.2;  // Photographs have up to 0.06.
  double min_visible_share = 0.65;   // Photographs have 0.7 to 1: many are cut flat.
};

struct QualityReport {
  QualityMeasures measures;
  std::vector<QualityReason> reasons;  // In the order of the enum, each at most once.

  bool gradable() const { return reasons.empty(); }
};

// `image` is what LoadImage gives, of any size from 1 pixel on, and is taken to be as it was sent.
// Deterministic and thread-safe.
QualityMeasures MeasureQuality(const Image& image);
// In the order of QualityReason; kTooSmall stands alone.
std::vector<QualityReason> JudgeQuality(const QualityMeasures& measures,
                                        const QualityThresholds& thresholds);

// Both.
QualityReport AssessQuality(const Image& image, const QualityThresholds& thresholds = {});

// The field of view in pixels of `image`.
Field FindField(const Image& image);

}  // namespace fovea
