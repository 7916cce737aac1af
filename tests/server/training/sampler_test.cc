#include "server/training/sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
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

TEST(BalancedDraw, IsFixedBySeedAndEpoch) {
  const std::vector<int64_t> labels = {0, 0, 0, 1, 2, 2};
  const std::vector<int64_t> drawn = BalancedDraw(3, 1, labels);
  EXPECT_EQ(drawn.size(), labels.size());
  EXPECT_EQ(drawn, BalancedDraw(3, 1, labels));
  EXPECT_NE(drawn, BalancedDraw(3, 2, labels));
  EXPECT_NE(drawn, BalancedDraw(4, 1, labels));
}

// 9,000 photographs of class 0, 900 of class 1, 100 of class 3 and none of class 2.
TEST(BalancedDraw, EveryClassIsEquallyLikely) {
  std::vector<int64_t> labels(9000, 0);
  labels.resize(9900, 1);
  labels.resize(10000, 3);
  std::vector<int> by_class(4);
  std::vector<int> by_photograph(labels.size());
  for (const int64_t i : BalancedDraw(5, 1, labels)) {
    ++by_class[labels[i]];
    ++by_photograph[i];
  }
  // Three standard deviations of a binomial draw are 141.
  for (const int label : {0, 1, 3}) EXPECT_NEAR(by_class[label], 10000.0 / 3, 150) << label;
  // Each of the 100 is drawn 33 times, with a standard deviation of 5.8.
  EXPECT_GT(*std::min_element(by_photograph.begin() + 9900, by_photograph.end()), 10);
  EXPECT_LT(*std::max_element(by_photograph.begin() + 9900, by_photograph.end()), 60);
}

TEST(EpochSamples, CountsRepeatedDraws) {
  const std::vector<Sample> train = {{10, 0}, {11, 0}, {12, 0}, {13, 0}, {14, 1}};
  for (const Sample& sample : EpochSamples(Sampling::kShuffled, 1, 1, train)) {
    EXPECT_EQ(sample.draw, 0);
  }
  std::map<size_t, int> seen;
  int repeated = 0;
  for (int epoch = 1; epoch <= 10; ++epoch) {
    seen.clear();
    for (const Sample& sample : EpochSamples(Sampling::kClassBalanced, 1, epoch, train)) {
      EXPECT_EQ(sample.label, sample.item == 14 ? 1 : 0);
      EXPECT_EQ(sample.draw, seen[sample.item]++);
      repeated += sample.draw > 0;
    }
  }
  EXPECT_GT(repeated, 10);
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
