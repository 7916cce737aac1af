// A heat map over the crop that the network saw, as a picture.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/preprocess/image.h"
#include "common/preprocess/spec.h"
#include "server/explain/heat_map.h"

namespace fovea {

// The pixels of an input of the network: undoes ToTensor of `spec`, exactly. `tensor` has crop_size
// * crop_size * 3 floats, NHWC.
Image CropOf(const float* tensor, const PreprocessSpec& spec);

// The crop, a square, with the heat in viridis: from dark blue to yellow, perceptually uniform, its
// lightness rising with the heat, so that it is read in the common forms of colour blindness and in
// grey. The hotter, the more opaque, up to 3/5: no heat leaves the photograph as it is, and so does
// a map that is 0 everywhere. A line, white inside and black outside so that it shows on any ground,
// goes around what is at least half as hot as the hottest.
Image Overlay(const Image& crop, const HeatMap& heat);

// Both, and the heat map of a class before: the explanation of an answer as a PNG file in memory. It
// stays below 4 MiB, gRPC's usual limit of a message, whatever a crop of 1024 pixels, the largest
// there is, shows. Thread-safe, as are the others; takes some twenty bytes of memory a pixel of the
// crop. INTERNAL or RESOURCE_EXHAUSTED where the codec fails.
absl::StatusOr<std::string> DrawExplanation(const float* tensor, const PreprocessSpec& spec,
                                            const ClassMaps& maps, int class_index);

}  // namespace fovea
