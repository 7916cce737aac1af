// Photographs made worse, and pictures made to look like fundus photographs: for tests and
// measurements of the quality gate.
#pragma once

#include <cstdint>

#include "common/preprocess/image.h"

namespace fovea {

// Gaussian, by three box means; `sigma` in pixels, 0 changes nothing.
Image Blurred(const Image& image, double sigma);

// Every value times `gain`, at most 255. Below 1 darker, above 1 over-exposed.
Image Exposed(const Image& image, double gain);

enum class Side { kLeft, kTop, kRight, kBottom };

// Without the share of the picture at that side, the rest resized to the former short side.
Image CutOff(const Image& image, double share, Side side);

// The colours of a photograph that nobody has stretched: red over green over blue, black stays
// black.
Image NaturalColours(const Image& image);

// The middle 1 / zoom of the picture as the field of view of a camera, 256 x 256 pixels: a disc,
// often with top and bottom cut flat and darker towards the rim, on a surround that is not quite
// black. The same seed gives the same camera.
Image InDisc(const Image& image, double zoom, uint64_t seed);

// Pictures that nobody photographed, 256 x 256 pixels; the same values give the same pixels.
enum class Painted { kFlat, kGradient, kNoise, kClouds, kCheckerboard, kDocument, kCraters };
inline constexpr int kPaintedKinds = 7;
Image Paint(Painted kind, uint64_t seed);

}  // namespace fovea
