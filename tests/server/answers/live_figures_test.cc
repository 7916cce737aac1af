#include "server/answers/live_figures.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/evaluation/population_stability.h"

namespace fovea {
namespace {

AnswerTally TwoClasses(std::vector<int64_t> answered, std::vector<int64_t> confusion) {
  return {.version = "models/dr/versions/1",
          .num_classes = 2,
          .reference = {80, 20},
          .answered = std::move(answered),
          .confusion = std::move(confusion)};
}

TEST(LiveFiguresTest, FeedbackGivesAccuracyAndKappa) {
  const LiveFigures figures = FiguresOf(TwoClasses({30, 30}, {20, 5, 10, 15}));
  EXPECT_EQ(figures.answers, 60);
  EXPECT_EQ(figures.feedback, 50);
  EXPECT_DOUBLE_EQ(figures.accuracy, 0.7);
  EXPECT_NEAR(figures.kappa, 0.4, 1e-12);
}

TEST(LiveFiguresTest, WithoutFeedbackTheyAreUndefined) {
  const LiveFigures figures = FiguresOf(TwoClasses({30, 30}, {0, 0, 0, 0}));
  EXPECT_EQ(figures.feedback, 0);
  EXPECT_TRUE(std::isnan(figures.accuracy));
  EXPECT_TRUE(std::isnan(figures.kappa));
}

TEST(LiveFiguresTest, DriftNeedsFiftyAnswersAndTestFigures) {
  EXPECT_TRUE(std::isnan(
      FiguresOf(TwoClasses({25, 24}, {0, 0, 0, 0})).population_stability_index));
  AnswerTally tally = TwoClasses({25, 25}, {0, 0, 0, 0});
  EXPECT_DOUBLE_EQ(FiguresOf(tally).population_stability_index,
                   PopulationStabilityIndex(tally.answered, tally.reference));
  tally.reference.clear();
  EXPECT_TRUE(std::isnan(FiguresOf(tally).population_stability_index));
}

}  // namespace
}  // namespace fovea
