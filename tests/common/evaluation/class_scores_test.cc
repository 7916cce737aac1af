#include "common/evaluation/class_scores.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fovea {
namespace {

TEST(ClassScores, FiguresByHand) {
  ConfusionMatrix confusion(4);
  confusion.SetCounts({3, 1, 0, 0,   //
                       1, 1, 0, 0,   //
                       2, 0, 0, 0,   //
                       0, 0, 0, 0});
  const std::vector<ClassScores> scores = ScoreClasses(confusion);
  ASSERT_EQ(scores.size(), 4u);
  EXPECT_DOUBLE_EQ(scores[0].precision, 0.5);
  EXPECT_DOUBLE_EQ(scores[0].recall, 0.75);
  EXPECT_DOUBLE_EQ(scores[0].f1, 0.6);
  EXPECT_EQ(scores[0].support, 4);
  EXPECT_EQ(scores[0].predicted, 6);
  // Never predicted.
  EXPECT_EQ(scores[2].precision, 0);
  EXPECT_EQ(scores[2].recall, 0);
  EXPECT_EQ(scores[2].f1, 0);
  EXPECT_EQ(scores[2].support, 2);
  // Neither there nor predicted.
  EXPECT_EQ(scores[3].recall, 0);
  EXPECT_EQ(scores[3].support, 0);
  // The mean of 0.6, 0.5 and 0: the last class is left out.
  EXPECT_DOUBLE_EQ(MacroF1(confusion), 1.1 / 3);
}

TEST(ClassScores, NoImages) { EXPECT_TRUE(std::isnan(MacroF1(ConfusionMatrix(2)))); }

}  // namespace
}  // namespace fovea
