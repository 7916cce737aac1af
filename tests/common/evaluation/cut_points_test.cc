#include "common/evaluation/cut_points.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "common/evaluation/confusion_matrix.h"
#include "common/evaluation/decision.h"

namespace fovea {
namespace {

using ::testing::ElementsAre;

double Kappa(int classes, const std::vector<double>& cuts, const std::vector<double>& expected,
             const std::vector<int>& labels) {
  ConfusionMatrix confusion(classes);
  for (size_t i = 0; i < labels.size(); ++i) {
    confusion.Add(labels[i], ClassOfCutPoints(cuts, expected[i]));
  }
  return confusion.QuadraticWeightedKappa();
}

// Images whose labels are what `cuts` say of the expected class.
void Draw(const std::vector<double>& cuts, std::vector<double>* expected, std::vector<int>* labels) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> uniform(0, static_cast<double>(cuts.size()));
  for (int i = 0; i < 400; ++i) {
    expected->push_back(uniform(random));
    labels->push_back(ClassOfCutPoints(cuts, expected->back()));
  }
}

TEST(FitCutPointsTest, FindsBoundsThatDivideWithoutError) {
  const std::vector<double> truth = {0.2, 0.9, 2.6, 3.1};
  std::vector<double> expected;
  std::vector<int> labels;
  Draw(truth, &expected, &labels);
  const absl::StatusOr<std::vector<double>> cuts = FitCutPoints(5, expected, labels);
  ASSERT_TRUE(cuts.ok()) << cuts.status();
  EXPECT_TRUE(ValidateDecisionRule({.cut_points = *cuts}, 5).ok());
  EXPECT_EQ(Kappa(5, *cuts, expected, labels), 1);
  for (size_t i = 0; i < truth.size(); ++i) EXPECT_NEAR((*cuts)[i], truth[i], 0.06) << i;
}

TEST(FitCutPointsTest, EachClassIsAnsweredAsOftenAsItIsThere) {
  std::mt19937 random(5);
  std::uniform_int_distribution<int> label(0, 4);
  std::normal_distribution<double> noise(0.6, 0.7);
  for (int round = 0; round < 20; ++round) {
    std::vector<double> expected;
    std::vector<int> labels;
    std::vector<int> answers;
    for (int i = 0; i < 60; ++i) {
      labels.push_back(std::min(label(random), label(random)));
      expected.push_back(std::clamp(labels.back() * 0.5 + noise(random), 1e-5 * i, 4 - 1e-5 * i));
    }
    const absl::StatusOr<std::vector<double>> cuts = FitCutPoints(5, expected, labels);
    ASSERT_TRUE(cuts.ok()) << cuts.status();
    EXPECT_TRUE(ValidateDecisionRule({.cut_points = *cuts}, 5).ok());
    for (const double value : expected) answers.push_back(ClassOfCutPoints(*cuts, value));
    for (int k = 0; k < 5; ++k) {
      EXPECT_EQ(std::count(answers.begin(), answers.end(), k),
                std::count(labels.begin(), labels.end(), k));
    }
  }
}

TEST(FitCutPointsTest, DegenerateImages) {
  const std::vector<double> middles = {0.5, 1.5, 2.5, 3.5};
  EXPECT_EQ(*FitCutPoints(5, {3, 0.1}, {2, 2}), middles);  // One class: no kappa.
  EXPECT_EQ(*FitCutPoints(5, {1}, {4}), middles);
  EXPECT_EQ(FitCutPoints(5, {1, 1, 1}, {0, 2, 4})->size(), 4u);  // Nothing to divide.
  // A class absent: the others are still divided.
  const absl::StatusOr<std::vector<double>> cuts = FitCutPoints(3, {0.1, 0.2, 0.8, 0.9}, {0, 0, 2, 2});
  ASSERT_TRUE(cuts.ok());
  EXPECT_EQ(Kappa(3, *cuts, {0.1, 0.2, 0.8, 0.9}, {0, 0, 2, 2}), 1);
  EXPECT_THAT(*FitCutPoints(2, {0.1, 0.5}, {0, 1}), ElementsAre(0.3));
}

TEST(FitCutPointsTest, ClassesThatAreAbsentAreNotAnswered) {
  const std::vector<double> cuts = *FitCutPoints(4, {0.0, 1.0, 3.0}, {1, 1, 2});
  EXPECT_THAT(cuts, ElementsAre(0, 2, 4));
  EXPECT_EQ(ClassOfCutPoints(cuts, 0.0), 1);
  EXPECT_EQ(ClassOfCutPoints(cuts, 3.0), 2);
}

TEST(FitCutPointsTest, WrongInput) {
  EXPECT_FALSE(FitCutPoints(1, {0}, {0}).ok());
  EXPECT_FALSE(FitCutPoints(5, {}, {}).ok());
  EXPECT_FALSE(FitCutPoints(5, {1, 2}, {0}).ok());
  EXPECT_FALSE(FitCutPoints(5, {1, 2}, {0, 5}).ok());
  EXPECT_FALSE(FitCutPoints(5, {1, 4.5}, {0, 1}).ok());
  EXPECT_FALSE(FitCutPoints(5, {1, std::nan("")}, {0, 1}).ok());
}

}  // namespace
}  // namespace fovea
