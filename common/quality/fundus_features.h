// What tells a fundus photograph from any other picture: numbers that do not depend on brightness,
// colour balance or size.
#pragma once

#include <array>

#include "common/preprocess/image.h"
#include "common/quality/field.h"

namespace fovea {

// The places of the features in an array. All are computed on the picture scaled so that the
// radius of the field is 32 pixels, on the green channel within 85 % of the radius unless said
// otherwise. At that size even a thumbnail has all the detail: sharpness hardly counts.
// "Detail" is a pixel less the mean of the 7 x 7 pixels around it, "ground" that mean. log: natural
// logarithm, of a value that is at least 0.001.
enum FundusFeature {
  kEdgeShare,      // Field::edge_share.
  kSurround,       // Mean luminance outside the field / inside, 0.1..1: blacker is no better.
  kRimContrast,    // Share of directions in which the rim is brighter inside than outside.
  kDetail,         // log of the rms of detail / the mean.
  kSkewness,       // Third moment of detail / rms^3: vessels and macula are dark.
  kKurtosis,       // log of the fourth moment of detail / rms^4: few pixels hold much of it.
  kSmoothness,     // log of the standard deviation of ground / rms of detail.
  kDarkLines,      // log of mean strength of dark lines / of steps: objects have outlines.
  kLinePolarity,   // log of mean strength of dark lines / of bright lines.
  kSteps,          // log of the mean strength of steps / rms of detail.
  kLongLines,      // log of mean strength of dark lines of 13 pixels / of 7: vessels are long.
  kSymmetry,       // Correlation of ground with its reflection, top to bottom: no ground or sky.
  kRedDetail,      // log of rms of detail / mean of red, over that of green: blood shows in green.
  kRedGreen,       // Correlation of the detail of red with that of green, for the same reason.
  kCentre,         // Mean within 30 % of the radius / within 85 %.
  kMiddle,         // Mean between 30 % and 60 % of the radius / within 85 %.
  kFundusFeatures  // How many.
};

using FundusFeatures = std::array<double, kFundusFeatures>;

// `field` is in units of pixels of `image` and found. `image` is 8-bit RGB. Deterministic.
FundusFeatures MeasureFundusFeatures(const Image& image, const Field& field);

}  // namespace fovea
