#include "server/training/sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace fovea {
namespace {

TEST(EpochOrder, IsAPermutationFixedBySeedAndEpoch) {
  const std::vector<int64_t> order = EpochOrder(3, 1, 100);
  EXPECT_EQ(order, EpochOrder(3, 1, 100));
  EXPECT_NE(order, EpochOrder(3, 2, 100));
  EXPECT_NE(order, EpochOrder(4, 1, 100));
  std::vector<int64_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  std::vector<int64_t> all(100);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(sorted, all);
}

TEST(EpochOrder, EveryPlaceIsAboutEquallyLikely) {
  int first_stays = 0;
  for (int epoch = 1; epoch <= 3000; ++epoch) first_stays += EpochOrder(1, epoch, 3)[0] == 0;
  EXPECT_NEAR(first_stays, 1000, 100);
}

TEST(StepsPerEpoch, UsesTheLastBatch) {
  EXPECT_EQ(StepsPerEpoch(32, 16, 224), 2);
  EXPECT_EQ(StepsPerEpoch(33, 16, 224), 3);
  EXPECT_EQ(StepsPerEpoch(33, 16, 32), 2);
  EXPECT_EQ(StepsPerEpoch(34, 16, 32), 3);
  EXPECT_EQ(StepsPerEpoch(1, 16, 32), 0);
}

}  // namespace
}  // namespace fovea
