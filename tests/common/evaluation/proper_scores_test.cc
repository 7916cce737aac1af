#include "common/evaluation/proper_scores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace fovea {
namespace {

TEST(ProperScores, LogLoss) {
  const std::vector<double> row = {0.25, 0.75, 0};
  EXPECT_DOUBLE_EQ(LogLoss(row, 0), std::log(4));
  EXPECT_DOUBLE_EQ(LogLoss(row, 1), std::log(4.0 / 3));
  // A probability of 0 costs much, but not everything.
  EXPECT_NEAR(LogLoss(row, 2), 36.04365338911715, 1e-12);
}

TEST(ProperScores, BrierScore) {
  const std::vector<double> row = {0.25, 0.75, 0};
  EXPECT_DOUBLE_EQ(BrierScore(row, 1), 0.0625 * 2);
  EXPECT_DOUBLE_EQ(BrierScore(row, 2), 0.0625 + 0.5625 + 1);
  EXPECT_DOUBLE_EQ(BrierScore(std::vector<double>{1, 0}, 0), 0);
  EXPECT_DOUBLE_EQ(BrierScore(std::vector<double>{1, 0}, 1), 2);
}

}  // namespace
}  // namespace fovea
