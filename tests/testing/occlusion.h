// Hides a part of what the network sees, to see whether heat maps are hot where the evidence is.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "common/preprocess/image.h"
#include "server/explain/heat_map.h"
#include "server/model/inference_model.h"

namespace fovea {

// Within a square crop, in pixels.
struct Square {
  int left = 0, top = 0, side = 0;
};

// The square of this side with the most heat, the first of equals by rows. The heat map has the
// crop's size; side is 1 up to that.
Square HottestSquare(const HeatMap& heat, int side);

// Which pixels of a crop show the eye and not the black around it: the brightest channel is above
// 24. Row-major.
std::vector<uint8_t> FundusOf(const Image& crop);

// All squares of this side of which at least 9 in 10 pixels are of the fundus.
std::vector<Square> SquaresInFundus(const std::vector<uint8_t>& fundus, int crop_size, int side);

// Logits of the tensor with the fundus in one of the squares filled with the fundus's mean colour, for
// each square: [square][class]. What is black around the eye stays black: a bright patch there would
// be something new, not something hidden. Squares are few, all go in one batch.
absl::StatusOr<std::vector<std::vector<float>>> LogitsWithout(const InferenceModel& model,
                                                              const std::vector<float>& tensor,
                                                              const std::vector<uint8_t>& fundus,
                                                              const std::vector<Square>& squares);

}  // namespace fovea
