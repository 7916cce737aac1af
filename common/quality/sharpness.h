// How sharp a photograph is, whatever its contrast.
#pragma once

#include "common/preprocess/image.h"
#include "common/quality/field.h"

namespace fovea {

// The 98th percentile of the finest detail (green less its mean over 3 x 3 pixels, without what
// rounding to whole grey levels makes of it) divided by that of broader detail (the mean over 3 x 3
// less that over 9 x 9), within 85 % of the field's radius: 0 when there is nothing but blur, 0.3
// to 1.0 for photographs. High percentiles follow the edges of vessels rather than noise, but
// strong noise passes for detail. In pixels of `image`: it says whether there is detail at the size
// at which the photograph is graded. `field` is in pixels of `image`; one that was not found means
// all of the picture.
double MeasureSharpness(const Image& image, const Field& field);

}  // namespace fovea
