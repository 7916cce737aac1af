#include "server/training/meters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace fovea {
namespace {

ConfusionMatrix Matrix(int classes, const std::vector<int64_t>& counts) {
  ConfusionMatrix matrix(classes);
  matrix.SetCounts(counts);
  return matrix;
}

TEST(TrainMeter, CountsEachStepOnceForEveryPhotograph) {
  TrainMeter meter;
  meter.Add(1.0, 4, 3);
  meter.Add(4.0, 2, 0);
  EXPECT_DOUBLE_EQ(meter.loss(), 2.0);
  EXPECT_DOUBLE_EQ(meter.accuracy(), 0.5);
}

TEST(ConfusionMatrix, FiguresByHand) {
  ConfusionMatrix matrix(3);
  matrix.Add(0, 0);
  matrix.Add(0, 0);
  matrix.Add(0, 1);
  matrix.Add(2, 0);
  EXPECT_EQ(matrix.total(), 4);
  EXPECT_DOUBLE_EQ(matrix.Accuracy(), 0.5);
  EXPECT_DOUBLE_EQ(matrix.MajorityBaseline(), 0.75);
  const std::vector<double> recall = matrix.Recall();
  EXPECT_DOUBLE_EQ(recall[0], 2.0 / 3);
  EXPECT_TRUE(std::isnan(recall[1]));
  EXPECT_DOUBLE_EQ(recall[2], 0);
  // Observed: 1 * 1 + 1 * 4 = 5. Expected, times 4: rows (3, 0, 1), columns (3, 1, 0):
  // 1 * 3 * 1 + 4 * 1 * 3 + 1 * 1 * 1 = 16, so 1 - 5 * 4 / 16 = -0.25.
  EXPECT_DOUBLE_EQ(matrix.QuadraticWeightedKappa(), -0.25);
}

TEST(ConfusionMatrix, KappaOfTheExtremes) {
  EXPECT_DOUBLE_EQ(Matrix(2, {3, 0, 0, 5}).QuadraticWeightedKappa(), 1);
  EXPECT_DOUBLE_EQ(Matrix(2, {0, 4, 4, 0}).QuadraticWeightedKappa(), -1);
  // Always the same answer: no better than chance.
  EXPECT_DOUBLE_EQ(Matrix(2, {6, 0, 2, 0}).QuadraticWeightedKappa(), 0);
  EXPECT_TRUE(std::isnan(Matrix(2, {6, 0, 0, 0}).QuadraticWeightedKappa()));
  EXPECT_TRUE(std::isnan(Matrix(2, {0, 0, 0, 0}).QuadraticWeightedKappa()));
}

}  // namespace
}  // namespace fovea
