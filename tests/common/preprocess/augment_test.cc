#include "common/preprocess/augment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "common/preprocess/resample.h"

namespace fovea {
namespace {

constexpr int kCrop = 32;

PreprocessSpec Spec() {
  PreprocessSpec spec;
  spec.resize_short_side = 40;
  spec.crop_size = kCrop;
  return spec;
}

Image Noise() {
  Image image{52, 40, {}};
  RandomStream random({9});
  for (int i = 0; i < 52 * 40 * 3; ++i) {
    image.rgb.push_back(static_cast<uint8_t>(random.Below(256)));
  }
  return image;
}

std::vector<float> Augmented(const Augmentation& augmentation, uint64_t sample) {
  std::vector<float> out(kCrop * kCrop * 3);
  RandomStream random({1, 2, sample});
  AugmentToTensor(Noise(), Spec(), augmentation, random, out.data());
  return out;
}

AugmentPlan Draw(const Augmentation& augmentation, uint64_t sample) {
  RandomStream random({1, 2, sample});
  return DrawAugment(52, 40, Spec(), augmentation, random);
}

TEST(Augment, CropAndMirroringAloneAreThoseOfRandomCrop) {
  const Image image = Noise();
  for (uint64_t sample = 0; sample < 20; ++sample) {
    RandomStream random({1, 2, sample});
    std::vector<float> expected(kCrop * kCrop * 3);
    const CropPlan plan = RandomCrop(52, 40, Spec(), {}, random);
    ToTensor(image, plan, Spec(), expected.data());
    EXPECT_TRUE(Augmented({}, sample) == expected);
    const AugmentPlan same = Draw({}, sample);
    EXPECT_EQ(same.window, (Window{plan.left, plan.top, kCrop, kCrop}));
    EXPECT_EQ(same.flip_horizontal, plan.flip_horizontal);
    EXPECT_EQ(same.warp.degrees, 0);
    EXPECT_EQ(same.warp.scale, 1);
  }
}

struct Part {
  const char* name;
  std::function<void(Augmentation*)> on;
};

class AugmentPart : public testing::TestWithParam<Part> {};

TEST_P(AugmentPart, ChangesThePictureTheSameWayEachTime) {
  Augmentation augmentation;
  GetParam().on(&augmentation);
  for (uint64_t sample = 0; sample < 5; ++sample) {
    EXPECT_TRUE(Augmented(augmentation, sample) == Augmented(augmentation, sample));
    EXPECT_FALSE(Augmented(augmentation, sample) == Augmented({}, sample));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, AugmentPart,
    testing::Values(
        Part{"ResizedCrop", [](Augmentation* a) { a->random_resized_crop_min_area = 0.3; }},
        Part{"Rotation", [](Augmentation* a) { a->rotation_degrees = 30; }},
        Part{"Scale", [](Augmentation* a) { a->scale_jitter = 0.2; }},
        Part{"Brightness", [](Augmentation* a) { a->brightness_jitter = 0.5; }},
        Part{"Contrast", [](Augmentation* a) { a->contrast_jitter = 0.5; }},
        Part{"Saturation", [](Augmentation* a) { a->saturation_jitter = 0.5; }}),
    [](const testing::TestParamInfo<Part>& part) { return part.param.name; });

TEST(DrawAugment, StaysInItsRangesAndFillsThem) {
  Augmentation augmentation;
  augmentation.rotation_degrees = 30;
  augmentation.scale_jitter = 0.2;
  augmentation.brightness_jitter = 1;
  double lowest = 0, highest = 0, smallest = 1, largest = 1;
  std::set<std::array<int, 3>> orders;
  for (uint64_t sample = 0; sample < 1000; ++sample) {
    const AugmentPlan plan = Draw(augmentation, sample);
    lowest = std::min(lowest, plan.warp.degrees);
    highest = std::max(highest, plan.warp.degrees);
    smallest = std::min(smallest, plan.warp.scale);
    largest = std::max(largest, plan.warp.scale);
    orders.insert(plan.colour_order);
    EXPECT_GE(plan.colour[0], 0);
    EXPECT_LE(plan.colour[0], 2);
    EXPECT_EQ(plan.colour[1], 1);
    EXPECT_EQ(plan.colour[2], 1);
  }
  EXPECT_NEAR(lowest, -30, 0.2);
  EXPECT_NEAR(highest, 30, 0.2);
  EXPECT_NEAR(smallest, 0.8, 0.002);
  EXPECT_NEAR(largest, 1.2, 0.002);
  EXPECT_EQ(orders.size(), 6u);
}

TEST(DrawAugment, OnePartDoesNotChangeWhatIsDrawnForAnother) {
  Augmentation rotation;
  rotation.rotation_degrees = 30;
  Augmentation both = rotation;
  both.brightness_jitter = 0.2;
  both.random_resized_crop_min_area = 0.5;
  for (uint64_t sample = 0; sample < 20; ++sample) {
    EXPECT_EQ(Draw(rotation, sample).warp.degrees, Draw(both, sample).warp.degrees);
    EXPECT_EQ(Draw({}, sample).flip_vertical, Draw(both, sample).flip_vertical);
  }
}

TEST(Augment, TheResizedCropIsResampledToTheSideOfTheNetwork) {
  Augmentation augmentation;
  augmentation.flip_horizontal = augmentation.flip_vertical = false;
  augmentation.random_resized_crop_min_area = 0.3;
  const AugmentPlan plan = Draw(augmentation, 3);
  const Image window = Resample(CutWindow(Noise(), plan.window), kCrop, kCrop);
  std::vector<float> expected(kCrop * kCrop * 3);
  ToTensor(window, {}, Spec(), expected.data());
  EXPECT_TRUE(Augmented(augmentation, 3) == expected);
}

}  // namespace
}  // namespace fovea
