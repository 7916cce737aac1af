// Where in a photograph the fundus is: the bright disc that the camera sees, on its dark surround.
#pragma once

#include "common/preprocess/decode.h"
#include "common/preprocess/image.h"
#include "common/quality/field.h"

namespace fovea {

// The disc in pixels of the picture, or none (radius 0) where nothing looks like one: much of its
// line must be an edge from dark to bright, and hardly anything bright may be outside. Looks at few
// samples of the picture, whatever its size. Deterministic, also across processors; thread-safe.
//
// Unless `exact`, places of samples are rounded down, so that the disc is up to half a pixel off:
// little in a photograph decoded in full, and kept as it is, so that prepared pictures stay the
// same; in one decoded at a quarter of its size it would be two pixels of the photograph.
Field FindFundus(ImageView image, bool exact = false);

// The bounding box of the disc as far as it is in the picture, with a margin of a hundredth of its
// radius; the whole picture without a disc.
Window FundusWindow(ImageView image);

// The same of the whole photograph, in its pixels.
Window FundusWindow(const DecodedImage& decoded);

}  // namespace fovea
