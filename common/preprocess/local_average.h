// A photograph less its local average: evens out lighting and colour between cameras and eyes.
#pragma once

#include "common/preprocess/image.h"

namespace fovea {

// Replaces each pixel of the fundus, channel by channel, by 128 + 4 * (pixel - local average), rounded
// and clamped to 0..255, and blackens all others (B. Graham, Kaggle Diabetic Retinopathy Detection,
// 2015). The average is a Gaussian of `sigma` pixels, cut off at 3 sigma and taken over the fundus
// alone, so that its rim is not bright for being beside the dark. The fundus is the disc of
// FindFundus, a fiftieth of its radius smaller, less what a camera masked flat; all of a picture in
// which none is found. `sigma` above 0.
//
// Whole numbers throughout, so the same on every processor. Memory: two planes of two bytes a pixel.
// Thread-safe.
void SubtractLocalAverage(double sigma, Image* image);

}  // namespace fovea
