// How a photograph is lit.
#pragma once

#include "common/quality/field.h"
#include "common/quality/plane.h"

namespace fovea {

// All within 95 % of the field's radius, or in all of the picture where no field was found.
struct Exposure {
  double brightness = 0;       // Median luminance, 0..1.
  double dark_share = 0;       // Share of pixels with a luminance below 0.08.
  double saturated_share = 0;  // Share of pixels with a luminance of at least 0.96.
};

Exposure MeasureExposure(const Plane& luminance, const Field& field);

}  // namespace fovea
