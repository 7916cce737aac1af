#include "common/evaluation/population_stability.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace fovea {
namespace {

using Counts = std::vector<int64_t>;

TEST(PopulationStabilityTest, EqualSharesGiveNothing) {
  EXPECT_DOUBLE_EQ(PopulationStabilityIndex(Counts{10, 20, 30}, Counts{10, 20, 30}), 0);
  EXPECT_NEAR(PopulationStabilityIndex(Counts{1000, 2000, 3000}, Counts{100, 200, 300}), 0, 1e-5);
}

// By hand: a = (49.5, 50.5) / 100, e = (79.5, 20.5) / 100, with the half counts.
TEST(PopulationStabilityTest, IsTheFormulaOfTheHeader) {
  const double a = 0.495, e = 0.795;
  const double expected = (a - e) * std::log(a / e) + (e - a) * std::log((1 - a) / (1 - e));
  EXPECT_NEAR(PopulationStabilityIndex(Counts{49, 50}, Counts{79, 20}), expected, 1e-12);
  EXPECT_NEAR(expected, 0.41259984, 1e-8);
}

TEST(PopulationStabilityTest, IsTheSameBothWaysRound) {
  const Counts one = {70, 10, 15, 4, 1}, other = {50, 20, 10, 10, 10};
  EXPECT_NEAR(PopulationStabilityIndex(one, other), PopulationStabilityIndex(other, one), 1e-12);
}

TEST(PopulationStabilityTest, EmptyClassesStayFinite) {
  const double index = PopulationStabilityIndex(Counts{100, 0, 0}, Counts{0, 0, 100});
  EXPECT_TRUE(std::isfinite(index));
  EXPECT_GT(index, 5);
  // A class that neither side has changes nothing but the added halves.
  EXPECT_NEAR(PopulationStabilityIndex(Counts{500, 500, 0}, Counts{500, 500, 0}), 0, 1e-12);
}

TEST(PopulationStabilityTest, NothingToCompareIsUndefined) {
  EXPECT_TRUE(std::isnan(PopulationStabilityIndex(Counts{0, 0}, Counts{1, 1})));
  EXPECT_TRUE(std::isnan(PopulationStabilityIndex(Counts{1, 1}, Counts{0, 0})));
  EXPECT_TRUE(std::isnan(PopulationStabilityIndex(Counts{1, 1}, Counts{})));
  EXPECT_TRUE(std::isnan(PopulationStabilityIndex(Counts{1, 1}, Counts{1, 1, 1})));
}

// Draws from one distribution stay about as low as theory says.
TEST(PopulationStabilityTest, WithoutDriftItIsAboutWhatTheHeaderSays) {
  std::mt19937 random(7);
  std::discrete_distribution<int> draw({0.7, 0.1, 0.1, 0.06, 0.04});
  constexpr int kAnswers = 200, kRepeats = 500;
  double sum = 0;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    Counts actual(5), expected(5);
    for (int i = 0; i < kAnswers; ++i) {
      ++actual[draw(random)];
      ++expected[draw(random)];
    }
    sum += PopulationStabilityIndex(actual, expected);
  }
  EXPECT_NEAR(sum / kRepeats, 4 * (2.0 / kAnswers), 0.01);
}

}  // namespace
}  // namespace fovea
