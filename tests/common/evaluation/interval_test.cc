#include "common/evaluation/interval.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fovea {
namespace {

TEST(Interval, PercentilesBetweenValues) {
  std::vector<double> values;
  for (int i = 100; i >= 0; --i) values.push_back(i);
  const Interval interval = PercentileInterval(values);
  EXPECT_DOUBLE_EQ(interval.low, 2.5);
  EXPECT_DOUBLE_EQ(interval.high, 97.5);
  EXPECT_EQ(interval.undefined, 0);
}

TEST(Interval, UndefinedValuesAreLeftOutAndCounted) {
  const Interval interval = PercentileInterval({kUndefined, 4, kUndefined});
  EXPECT_EQ(interval.low, 4);
  EXPECT_EQ(interval.high, 4);
  EXPECT_EQ(interval.undefined, 2);
}

TEST(Interval, NothingDefined) {
  const Interval interval = PercentileInterval({kUndefined});
  EXPECT_TRUE(std::isnan(interval.low));
  EXPECT_TRUE(std::isnan(interval.high));
  EXPECT_EQ(interval.undefined, 1);
}

}  // namespace
}  // namespace fovea
