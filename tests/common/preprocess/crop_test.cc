#include <cmath>
#include <map>
#include <vector>

#include "common/preprocess/preprocess.h"
#include "gtest/gtest.h"

namespace fovea {
namespace {

PreprocessSpec SpecOf(int short_side, int crop) {
  PreprocessSpec spec;
  spec.resize_short_side = short_side;
  spec.crop_size = crop;
  return spec;
}

// Pixel (x, y) holds x, y and 7.
Image Coordinates(int width, int height) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      image.rgb.insert(image.rgb.end(), {static_cast<uint8_t>(x), static_cast<uint8_t>(y), 7});
    }
  }
  return image;
}

TEST(CentreCropTest, HalvesGoToEven) {
  const PreprocessSpec spec = SpecOf(256, 224);
  const std::pair<int, int> expected[] = {{224, 0}, {225, 0}, {226, 1}, {227, 2}, {228, 2},
                                          {229, 2}, {231, 4}, {256, 16}, {341, 58}, {383, 80}};
  for (const auto& [side, offset] : expected) {
    EXPECT_EQ(CentreCrop(side, 256, spec).left, offset) << side;
    EXPECT_EQ(CentreCrop(256, side, spec).top, offset) << side;
    EXPECT_EQ(offset, static_cast<int>(std::nearbyint((side - 224) / 2.0)));
  }
  EXPECT_FALSE(CentreCrop(256, 256, spec).flip_horizontal);
  EXPECT_FALSE(CentreCrop(256, 256, spec).flip_vertical);
}

TEST(RandomCropTest, DependsOnSeedEpochAndIndexAlone) {
  const PreprocessSpec spec;
  for (uint64_t index = 0; index < 50; ++index) {
    RandomStream first({7, 3, index});
    RandomStream second({7, 3, index});
    EXPECT_EQ(RandomCrop(341, 256, spec, {}, first), RandomCrop(341, 256, spec, {}, second));
  }
  int changed = 0;
  for (uint64_t index = 0; index < 50; ++index) {
    RandomStream base({7, 3, index});
    RandomStream other_seed({8, 3, index});
    RandomStream other_epoch({7, 4, index});
    const CropPlan plan = RandomCrop(341, 256, spec, {}, base);
    changed += plan != RandomCrop(341, 256, spec, {}, other_seed);
    changed += plan != RandomCrop(341, 256, spec, {}, other_epoch);
  }
  EXPECT_GT(changed, 90);
}

// Pearson's chi-squared of counts against equal shares.
double ChiSquared(const std::map<int, int>& counts, int classes, int total) {
  const double expected = static_cast<double>(total) / classes;
  double sum = expected * (classes - static_cast<int>(counts.size()));
  for (const auto& [value, count] : counts) {
    sum += (count - expected) * (count - expected) / expected;
  }
  return sum;
}

TEST(RandomCropTest, EveryWindowAndFlipIsEquallyLikely) {
  const PreprocessSpec spec;  // 33 tops and 9 lefts.
  std::map<int, int> lefts, tops, flips;
  const int total = 33'000;
  for (int index = 0; index < total; ++index) {
    RandomStream random({42, 1, static_cast<uint64_t>(index)});
    const CropPlan plan = RandomCrop(232, 256, spec, {}, random);
    ++lefts[plan.left];
    ++tops[plan.top];
    ++flips[plan.flip_horizontal * 2 + plan.flip_vertical];
  }
  EXPECT_EQ(lefts.begin()->first, 0);
  EXPECT_EQ(lefts.rbegin()->first, 8);
  EXPECT_EQ(tops.begin()->first, 0);
  EXPECT_EQ(tops.rbegin()->first, 32);
  // Quantiles of 0.999 for 8, 32 and 3 degrees of freedom.
  EXPECT_LT(ChiSquared(lefts, 9, total), 26.1);
  EXPECT_LT(ChiSquared(tops, 33, total), 62.5);
  EXPECT_LT(ChiSquared(flips, 4, total), 16.3);
}

TEST(RandomCropTest, OptionsSwitchOffOnePartEach) {
  const PreprocessSpec spec;
  for (uint64_t index = 0; index < 100; ++index) {
    RandomStream all({1, 1, index}), no_crop({1, 1, index}), no_flips({1, 1, index});
    const CropPlan plan = RandomCrop(300, 256, spec, {}, all);
    CropPlan centred = CentreCrop(300, 256, spec);
    centred.flip_horizontal = plan.flip_horizontal;
    centred.flip_vertical = plan.flip_vertical;
    EXPECT_EQ(RandomCrop(300, 256, spec, {true, true, false}, no_crop), centred);
    const CropPlan unflipped{plan.left, plan.top, false, false};
    EXPECT_EQ(RandomCrop(300, 256, spec, {false, false, true}, no_flips), unflipped);
  }
}

TEST(ToTensorTest, NormalisesTheWindow) {
  const PreprocessSpec spec = SpecOf(40, 32);
  const Image image = Coordinates(50, 40);
  std::vector<float> out(32 * 32 * 3);
  ToTensor(image, {5, 3, false, false}, spec, out.data());
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 32; ++x) {
      const float* pixel = &out[(y * 32 + x) * 3];
      EXPECT_EQ(pixel[0], ((5 + x) / 255.0f - spec.mean[0]) / spec.std[0]);
      EXPECT_EQ(pixel[1], ((3 + y) / 255.0f - spec.mean[1]) / spec.std[1]);
      EXPECT_EQ(pixel[2], (7 / 255.0f - spec.mean[2]) / spec.std[2]);
    }
  }
}

TEST(ToTensorTest, FlipsMirrorTheWindow) {
  const PreprocessSpec spec = SpecOf(40, 32);
  const Image image = Coordinates(50, 40);
  const size_t size = 32 * 32 * 3;
  std::vector<float> plain(size), flipped(size);
  ToTensor(image, {5, 3, false, false}, spec, plain.data());
  for (const bool horizontal : {false, true}) {
    for (const bool vertical : {false, true}) {
      ToTensor(image, {5, 3, horizontal, vertical}, spec, flipped.data());
      for (int i = 0; i < 32 * 32; ++i) {
        const int x = horizontal ? 31 - i % 32 : i % 32;
        const int y = vertical ? 31 - i / 32 : i / 32;
        ASSERT_EQ(flipped[i * 3], plain[(y * 32 + x) * 3]);
        ASSERT_EQ(flipped[i * 3 + 1], plain[(y * 32 + x) * 3 + 1]);
      }
    }
  }
}

}  // namespace
}  // namespace fovea
