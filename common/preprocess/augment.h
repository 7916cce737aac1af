// What training does to a photograph at random, from the 8-bit picture to the network's floats.
#pragma once

#include <array>

#include "common/base/random_stream.h"
#include "common/preprocess/colour.h"
#include "common/preprocess/preprocess.h"
#include "common/preprocess/warp.h"

namespace fovea {

// What was drawn for one photograph, in the order in which it is applied.
struct AugmentPlan {
  Warp warp;
  Window window;  // Of the warped photograph; then resampled to crop_size.
  // Factors of brightness, contrast and saturation, and the order in which they are applied.
  std::array<float, 3> colour = {1, 1, 1};
  std::array<int, 3> colour_order = {0, 1, 2};
  bool flip_horizontal = false;
  bool flip_vertical = false;
};

// Draws evenly: an angle of +-rotation_degrees, a scale of 1 +- scale_jitter, colour factors of
// 1 +- their jitter and one of their six orders; the window by random_resized_crop_min_area where
// that is on, else with mirroring and window as RandomCrop. What is on does not change what is
// drawn for the rest.
AugmentPlan DrawAugment(int width, int height, const PreprocessSpec& spec,
                        const Augmentation& augmentation, RandomStream& random);

// Draws a plan and applies it; `image` and `out` as ToTensor. With crop and mirroring alone, exactly
// ToTensor of RandomCrop. Thread-safe.
void AugmentToTensor(ImageView image, const PreprocessSpec& spec, const Augmentation& augmentation,
                     RandomStream& random, float* out);

}  // namespace fovea
