// Where in a photograph the fundus is: the bright disc that the camera sees, on its dark surround.
#pragma once

#include "common/preprocess/image.h"
#include "common/quality/field.h"

namespace fovea {

// A window of a picture; both sides at least 1.
struct Window {
  int left = 0;
  int top = 0;
  int width = 0;
  int height = 0;

  bool operator==(const Window&) const = default;
};

// The disc in pixels of the picture, or none (radius 0) where nothing looks like one: much of its line must
// be an edge from dark to bright, and hardly anything bright may be outside. Looks at few samples of
// the picture, whatever its size. Deterministic, also across processors; thread-safe.
Field FindFundus(ImageView image);

// The bounding box of the disc as far as it is in the picture, with a margin of a hundredth of its
// radius; the whole picture without a disc.
Window FundusWindow(ImageView image);

// The pixels of a window that lies in the picture.
Image CutOut(ImageView image, const Window& window);

}  // namespace fovea
