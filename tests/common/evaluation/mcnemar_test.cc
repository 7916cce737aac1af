#include "common/evaluation/mcnemar.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fovea {
namespace {

TEST(McNemar, ExactForFewDiscordantPairs) {
  const McNemarResult result = McNemarTest(1, 5);
  EXPECT_TRUE(result.exact);
  EXPECT_EQ(result.only_first_right, 1);
  EXPECT_EQ(result.only_second_right, 5);
  EXPECT_TRUE(std::isnan(result.statistic));
  EXPECT_DOUBLE_EQ(result.p_value, 2 * (1 + 6) / 64.0);
  EXPECT_DOUBLE_EQ(McNemarTest(5, 1).p_value, result.p_value);
}

TEST(McNemar, ChiSquareFor25AndMore) {
  EXPECT_TRUE(McNemarTest(12, 12).exact);
  const McNemarResult result = McNemarTest(10, 15);
  EXPECT_FALSE(result.exact);
  EXPECT_DOUBLE_EQ(result.statistic, 16.0 / 25);
  EXPECT_NEAR(result.p_value, 0.4237107971667935, 1e-12);
}

TEST(McNemar, NoDifference) {
  EXPECT_EQ(McNemarTest(0, 0).p_value, 1);
  EXPECT_EQ(McNemarTest(3, 3).p_value, 1);
  EXPECT_EQ(McNemarTest(20, 20).p_value, 1);
  EXPECT_EQ(McNemarTest(20, 20).statistic, 0);
}

}  // namespace
}  // namespace fovea
