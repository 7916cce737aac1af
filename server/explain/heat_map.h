// Where the evidence for a class lies in a photograph, by Grad-CAM.
#pragma once

#include <vector>

#include "server/model/class_maps.h"

namespace fovea {

struct HeatMap {
  int height = 0, width = 0;
  std::vector<float> values;  // Row-major, 0..1; the highest is 1, or all are 0.
};

// Grad-CAM of a class: its map's positive part, divided by its highest value. All 0 where no
// position speaks for the class, which happens to an answer that only the others' evidence against
// themselves made; values that are not finite count as 0. `class_index` is 0..classes-1.
HeatMap GradCam(const ClassMaps& maps, int class_index);

// Bilinear, with pixel centres as torch's upsample_bilinear2d(align_corners=false) has them. Both
// sides of the map and `side` are at least 1. The highest value may be below 1 afterwards.
HeatMap Enlarge(const HeatMap& heat, int side);

}  // namespace fovea
