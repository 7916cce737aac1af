// Brightness, contrast and saturation of a picture, with torchvision's formulas.
#pragma once

#include "common/preprocess/image.h"

namespace fovea {

// torchvision.transforms.functional's adjust_brightness, adjust_contrast and adjust_saturation on
// uint8 tensors. Each value becomes factor * value + (1 - factor) * other, in float32, clamped to 0
// and 255 and cut to a whole number. factor >= 0; 1 changes nothing. `other` is
//   brightness: 0, black;
//   contrast: the mean over the picture of the grey values;
//   saturation: the grey value of the pixel.
// Grey is 0.2989 red + 0.587 green + 0.114 blue, cut to a whole number. Thread-safe.
void AdjustBrightness(float factor, Image* image);
void AdjustContrast(float factor, Image* image);
void AdjustSaturation(float factor, Image* image);

}  // namespace fovea
