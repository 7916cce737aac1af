#include "common/base/random_stream.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <vector>

namespace fovea {
namespace {

std::vector<uint64_t> Draw(RandomStream random, int count) {
  std::vector<uint64_t> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(random.Next());
  return numbers;
}

// Splits, shuffles and augmentation of published results depend on these numbers. Those of the
// empty stream are the reference output of SplitMix64 for seed 0.
TEST(RandomStream, NumbersAreFixed) {
  EXPECT_EQ(Draw(RandomStream({}), 3),
            (std::vector<uint64_t>{0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x6c45d188009454f}));
  EXPECT_EQ(Draw(RandomStream({0}), 3),
            (std::vector<uint64_t>{0x238275bc38fcbe91, 0xf89a2566b5822c54, 0x47200e1d9780fa44}));
  EXPECT_EQ(Draw(RandomStream({1, 2, 3}), 3),
            (std::vector<uint64_t>{0x360e5579e3d3415c, 0x5b2c72f749c0b081, 0xcc99929281db0fef}));
}

TEST(RandomStream, UniformFillsItsRangeEvenly) {
  RandomStream random({5});
  double sum = 0, lowest = 9, highest = -9;
  for (int i = 0; i < 10000; ++i) {
    const double value = random.Uniform(-1, 3);
    sum += value;
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  }
  EXPECT_NEAR(sum / 10000, 1, 0.05);
  EXPECT_GE(lowest, -1);
  EXPECT_LT(highest, 3);
  EXPECT_LT(lowest, -0.99);
  EXPECT_GT(highest, 2.99);
  RandomStream a({5}), b({5});
  EXPECT_EQ(a.Uniform(0, 1), static_cast<double>(b.Next() >> 11) / 9007199254740992.0);
}

TEST(RandomStream, BelowAndFlipAreFixed) {
  RandomStream below({7});
  for (const uint64_t expected : {6, 8, 9, 6, 0, 8, 7, 0, 4, 2, 6, 2}) {
    EXPECT_EQ(below.Below(10), expected);
  }
  RandomStream flip({7});
  for (const bool expected : {1, 0, 1, 0, 1, 1, 1, 0, 1, 1, 0, 0}) {
    EXPECT_EQ(flip.Flip(), expected);
  }
}

TEST(RandomStream, PartsOrderAndCountMatter) {
  std::set<uint64_t> firsts;
  for (RandomStream random :
       {RandomStream({}), RandomStream({0}), RandomStream({0, 0}), RandomStream({0, 0, 0}),
        RandomStream({1}), RandomStream({1, 0}), RandomStream({0, 1}), RandomStream({1, 1})}) {
    firsts.insert(random.Next());
  }
  EXPECT_EQ(firsts.size(), 8u);
}

TEST(RandomStream, NeighbouringPartsGiveDifferentStreams) {
  std::set<uint64_t> firsts;
  for (uint64_t epoch = 0; epoch < 20; ++epoch) {
    for (uint64_t index = 0; index < 1000; ++index) {
      firsts.insert(RandomStream({0, epoch, index}).Next());
    }
  }
  EXPECT_EQ(firsts.size(), 20000u);
}

TEST(RandomStream, BelowIsUniform) {
  RandomStream random({5});
  std::array<int, 7> counts = {};
  for (int i = 0; i < 70000; ++i) ++counts[random.Below(7)];
  // Six standard deviations of a binomial count.
  for (const int count : counts) EXPECT_NEAR(count, 10000, 6 * 93);
  EXPECT_EQ(random.Below(1), 0u);
}

TEST(RandomStream, BelowTakesTheWholeRange) {
  RandomStream random({5});
  const uint64_t bound = (uint64_t{1} << 63) + 1;  // Half of all numbers must be drawn again.
  for (int i = 0; i < 1000; ++i) EXPECT_LT(random.Below(bound), bound);
}

// The first draws over neighbouring samples, as augmentation uses them.
TEST(RandomStream, FlipsAreFairAcrossSamples) {
  int heads = 0;
  for (uint64_t index = 0; index < 10000; ++index) heads += RandomStream({0, 3, index}).Flip();
  EXPECT_NEAR(heads, 5000, 300);
}

}  // namespace
}  // namespace fovea
