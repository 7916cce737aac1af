#include "common/evaluation/confusion_matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace fovea {
namespace {

using testing::ElementsAre;

ConfusionMatrix Matrix(int classes, const std::vector<int64_t>& counts) {
  ConfusionMatrix matrix(classes);
  matrix.SetCounts(counts);
  return matrix;
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

TEST(ConfusionMatrix, KappaOfConstantsThatDifferIsChance) {
  EXPECT_DOUBLE_EQ(Matrix(3, {0, 0, 4, 0, 0, 0, 0, 0, 0}).QuadraticWeightedKappa(), 0);
}

TEST(ConfusionMatrix, KappaKeepsTheDistanceToClassesThatDoNotOccur) {
  ConfusionMatrix matrix(4);
  matrix.Add(1, 0);
  matrix.Add(0, 3);
  // Observed: 1 + 9 = 10. Expected, halved: rows (1, 1), columns at 0 and 3: (0 + 9 + 1 + 4) / 2 =
  // 7.
  EXPECT_DOUBLE_EQ(matrix.QuadraticWeightedKappa(), 1 - 10.0 / 7);
}

TEST(ConfusionMatrix, BalancedAccuracyAndGradeError) {
  // Recalls 2/3 and 1/2; class 1 does not occur and is left out.
  const ConfusionMatrix matrix = Matrix(3, {2, 1, 0, 0, 0, 0, 1, 0, 1});
  EXPECT_DOUBLE_EQ(matrix.BalancedAccuracy(), (2.0 / 3 + 0.5) / 2);
  EXPECT_DOUBLE_EQ(matrix.MeanAbsoluteError(), (1 + 2) / 5.0);
  EXPECT_TRUE(std::isnan(Matrix(2, {0, 0, 0, 0}).BalancedAccuracy()));
  EXPECT_TRUE(std::isnan(Matrix(2, {0, 0, 0, 0}).MeanAbsoluteError()));
}

TEST(ConfusionMatrix, Normalised) {
  const ConfusionMatrix matrix = Matrix(2, {3, 1, 0, 0});
  EXPECT_THAT(matrix.Normalised(NormaliseOver::kTrue), ElementsAre(0.75, 0.25, 0, 0));
  EXPECT_THAT(matrix.Normalised(NormaliseOver::kPredicted), ElementsAre(1, 1, 0, 0));
  EXPECT_THAT(matrix.Normalised(NormaliseOver::kAll), ElementsAre(0.75, 0.25, 0, 0));
  EXPECT_THAT(matrix.TrueCounts(), ElementsAre(4, 0));
  EXPECT_THAT(matrix.PredictedCounts(), ElementsAre(3, 1));
  EXPECT_THAT(Matrix(2, {0, 0, 0, 0}).Normalised(NormaliseOver::kAll), ElementsAre(0, 0, 0, 0));
}

}  // namespace
}  // namespace fovea
