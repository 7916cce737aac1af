#include "common/preprocess/augment.h"

#include <utility>

#include "common/preprocess/random_resized_crop.h"
#include "common/preprocess/resample.h"

namespace fovea {
namespace {

bool Warps(const Augmentation& augmentation) {
  return augmentation.rotation_degrees > 0 || augmentation.scale_jitter > 0;
}

bool OnlyCropsAndMirrors(const Augmentation& augmentation) {
  return !Warps(augmentation) && augmentation.random_resized_crop_min_area == 0 &&
         augmentation.brightness_jitter == 0 && augmentation.contrast_jitter == 0 &&
         augmentation.saturation_jitter == 0;
}

void Adjust(int kind, float factor, Image* image) {
  if (factor == 1.0f) return;
  if (kind == 0) AdjustBrightness(factor, image);
  if (kind == 1) AdjustContrast(factor, image);
  if (kind == 2) AdjustSaturation(factor, image);
}

}  // namespace

AugmentPlan DrawAugment(int width, int height, const PreprocessSpec& spec,
                        const Augmentation& augmentation, RandomStream& random) {
  const CropPlan crop = RandomCrop(width, height, spec, augmentation, random);
  AugmentPlan plan;
  plan.flip_horizontal = crop.flip_horizontal;
  plan.flip_vertical = crop.flip_vertical;
  plan.window = {crop.left, crop.top, spec.crop_size, spec.crop_size};
  plan.warp.degrees = augmentation.rotation_degrees * random.Uniform(-1, 1);
  plan.warp.scale = 1 + augmentation.scale_jitter * random.Uniform(-1, 1);
  const double jitters[] = {augmentation.brightness_jitter, augmentation.contrast_jitter,
                            augmentation.saturation_jitter};
  for (int i = 0; i < 3; ++i) {
    plan.colour[i] = static_cast<float>(1 + jitters[i] * random.Uniform(-1, 1));
  }
  std::swap(plan.colour_order[2], plan.colour_order[random.Below(3)]);
  std::swap(plan.colour_order[1], plan.colour_order[random.Below(2)]);
  // Last, since it takes as many numbers as it has tries.
  if (augmentation.random_resized_crop_min_area > 0) {
    plan.window = RandomResizedWindow(width, height, augmentation.random_resized_crop_min_area,
                                      random);
  }
  return plan;
}

void AugmentToTensor(ImageView image, const PreprocessSpec& spec, const Augmentation& augmentation,
                     RandomStream& random, float* out) {
  if (OnlyCropsAndMirrors(augmentation)) {
    ToTensor(image, RandomCrop(image.width, image.height, spec, augmentation, random), spec, out);
    return;
  }
  const AugmentPlan plan = DrawAugment(image.width, image.height, spec, augmentation, random);
  Image picture = Warps(augmentation) ? WarpWindow(image, plan.window, plan.warp)
                                      : CutWindow(image, plan.window);
  if (picture.width != spec.crop_size || picture.height != spec.crop_size) {
    picture = Resample(picture, spec.crop_size, spec.crop_size);
  }
  for (const int kind : plan.colour_order) Adjust(kind, plan.colour[kind], &picture);
  ToTensor(picture, {0, 0, plan.flip_horizontal, plan.flip_vertical}, spec, out);
}

}  // namespace fovea
