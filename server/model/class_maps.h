// Where in a photograph the logits of its classes come from. No Torch in this header.
#pragma once

#include <vector>

namespace fovea {

// Behind layer4, whose output A has feature k at position (y, x), these networks only average over
// the positions and apply the linear last layer:
//
//   map[c](y, x) = sum over k of W[c,k] A[k](y, x)
//   logit[c] = bias[c] + mean over (y, x) of map[c](y, x)
//
// so the maps divide each logit among the positions, without remainder (the class activation maps
// of Zhou et al., CVPR 2016). They also hold the Grad-CAM of every class (Selvaraju et al., ICCV
// 2017): the gradient of logit[c] by A[k](y, x) is W[c,k] / (height * width) everywhere, so is its
// mean, Grad-CAM's weight of feature k; hence Grad-CAM of c = ReLU(map[c]) / (height * width). No
// pass backwards is needed, and the class may be chosen afterwards.
struct ClassMaps {
  int input = 0;  // Whose they are: its index in the batch.
  int classes = 0, height = 0, width = 0;
  std::vector<float> values;  // [classes][height][width], row-major.
};

}  // namespace fovea
