// The window of torchvision's RandomResizedCrop.
#pragma once

#include "common/base/random_stream.h"
#include "common/preprocess/warp.h"

namespace fovea {

// A window that covers a share of min_area to 1 of the photograph, with a width of 3/4 to 4/3 of
// its height, as torchvision.transforms.RandomResizedCrop(scale=(min_area, 1)): the share is drawn
// evenly, the aspect evenly on a logarithmic scale, the place evenly. What does not fit is drawn again, ten
// times in all; then it is the largest window at the centre whose aspect is allowed.
// 0 < min_area <= 1.
Window RandomResizedWindow(int width, int height, double min_area, RandomStream& random);

}  // namespace fovea
