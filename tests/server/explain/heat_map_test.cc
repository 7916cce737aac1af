#include "server/explain/heat_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "common/torch/torch.h"

namespace fovea {
namespace {

using testing::Each;
using testing::ElementsAre;

ClassMaps Maps(std::vector<float> values, int classes, int height, int width) {
  return {.input = 0,
          .classes = classes,
          .height = height,
          .width = width,
          .values = std::move(values)};
}

TEST(GradCamTest, PositivePartOfTheAskedClassDividedByItsHighest) {
  const ClassMaps maps = Maps({9, 9, 9, 9, -2, 1, 4, 0}, 2, 2, 2);
  EXPECT_THAT(GradCam(maps, 1).values, ElementsAre(0, 0.25, 1, 0));
  EXPECT_THAT(GradCam(maps, 0).values, Each(1));
}

TEST(GradCamTest, NothingSpeaksForTheClass) {
  EXPECT_THAT(GradCam(Maps({-1, -2, 0, -4}, 1, 2, 2), 0).values, Each(0));
}

TEST(GradCamTest, WhatIsNotFiniteIsNoHeat) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_THAT(GradCam(Maps({nan, infinity, 2, -infinity}, 1, 2, 2), 0).values,
              ElementsAre(0, 0, 1, 0));
}

TEST(EnlargeTest, EqualsTorchsBilinear) {
  at::Generator generator = at::detail::createCPUGenerator(3);
  for (const auto& [height, width, side] :
       {std::array{7, 7, 224}, {7, 7, 7}, {1, 1, 32}, {2, 3, 65}, {32, 32, 1024}, {9, 9, 4}}) {
    const torch::Tensor map = torch::rand({1, 1, height, width}, generator);
    const float* values = map.const_data_ptr<float>();
    const HeatMap large =
        Enlarge({height, width, std::vector<float>(values, values + map.numel())}, side);
    ASSERT_EQ(large.height, side);
    ASSERT_EQ(large.width, side);
    const torch::Tensor want = torch::upsample_bilinear2d(map, {side, side}, false);
    const torch::Tensor got = torch::tensor(large.values).view({1, 1, side, side});
    EXPECT_LT((got - want).abs().max().item<float>(), 2e-5) << height << " to " << side;
  }
}

}  // namespace
}  // namespace fovea
