// The window of the network and its floats; the rest of preprocess.h is in preprocess.cc.
#include "common/preprocess/preprocess.h"

namespace fovea {
namespace {

// round((side - crop) / 2.0) with halves to even, as Python's round.
int CentreOffset(int side, int crop) {
  const int difference = side - crop;
  const int half = difference / 2;
  return half + (difference & half & 1);
}

// All 256 results of a channel, computed in float32 in torchvision's order of operations.
struct ChannelTable {
  ChannelTable(float mean, float std) {
    for (int i = 0; i < 256; ++i) value[i] = (static_cast<float>(i) / 255.0f - mean) / std;
  }
  float value[256];
};

}  // namespace

CropPlan CentreCrop(int width, int height, const PreprocessSpec& spec) {
  CropPlan plan;
  plan.left = CentreOffset(width, spec.crop_size);
  plan.top = CentreOffset(height, spec.crop_size);
  return plan;
}

CropPlan RandomCrop(int width, int height, const PreprocessSpec& spec,
                    const Augmentation& augmentation, RandomStream& random) {
  // Every number is drawn whatever is asked for, so that one option does not change the others.
  const bool flip_horizontal = random.Flip();
  const bool flip_vertical = random.Flip();
  const int left = static_cast<int>(random.Below(width - spec.crop_size + 1));
  const int top = static_cast<int>(random.Below(height - spec.crop_size + 1));

  CropPlan plan = CentreCrop(width, height, spec);
  plan.flip_horizontal = augmentation.flip_horizontal && flip_horizontal;
  plan.flip_vertical = augmentation.flip_vertical && flip_vertical;
  if (augmentation.random_crop) {
    plan.left = left;
    plan.top = top;
  }
  return plan;
}

void ToTensor(ImageView image, const CropPlan& plan, const PreprocessSpec& spec, float* out) {
  const ChannelTable red(spec.mean[0], spec.std[0]);
  const ChannelTable green(spec.mean[1], spec.std[1]);
  const ChannelTable blue(spec.mean[2], spec.std[2]);
  const int size = spec.crop_size;
  const int step = plan.flip_horizontal ? -3 : 3;
  const int first_x = plan.left + (plan.flip_horizontal ? size - 1 : 0);
  for (int row = 0; row < size; ++row) {
    const int y = plan.top + (plan.flip_vertical ? size - 1 - row : row);
    const uint8_t* pixel = image.rgb + (static_cast<size_t>(y) * image.width + first_x) * 3;
    for (int column = 0; column < size; ++column, pixel += step, out += 3) {
      out[0] = red.value[pixel[0]];
      out[1] = green.value[pixel[1]];
      out[2] = blue.value[pixel[2]];
    }
  }
}

}  // namespace fovea
