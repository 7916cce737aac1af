#include "common/evaluation/decision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace fovea {
namespace {

using ::testing::HasSubstr;

TEST(DecideTest, PlainRuleIsSoftmaxAndMostProbableClass) {
  const Decision decision = Decide({}, std::vector<double>{0, std::log(2), std::log(5)});
  EXPECT_NEAR(decision.probabilities[0], 0.125, 1e-12);
  EXPECT_NEAR(decision.probabilities[2], 0.625, 1e-12);
  EXPECT_NEAR(decision.expected_class, 1.5, 1e-12);
  EXPECT_EQ(decision.predicted, 2);
  EXPECT_FALSE(decision.referable);  // Three classes are no grades.
  EXPECT_EQ(decision.referable_score, 0);
}

TEST(DecideTest, TemperatureSoftensAndKeepsTheClass) {
  const std::vector<double> logits = {0, 2 * std::log(3)};
  EXPECT_NEAR(Decide({.temperature = 2}, logits).probabilities[1], 0.75, 1e-12);
  EXPECT_EQ(Decide({.temperature = 100}, logits).predicted, 1);
}

TEST(DecideTest, ThresholdsOfFiveGrades) {
  const std::vector<double> logits = {std::log(5), std::log(2), std::log(1), std::log(1), std::log(1)};
  const Decision plain = Decide({}, logits);
  EXPECT_NEAR(plain.referable_score, 0.3, 1e-12);
  EXPECT_NEAR(plain.vision_threatening_score, 0.2, 1e-12);
  EXPECT_FALSE(plain.referable);
  const Decision sensitive =
      Decide({.referable_threshold = 0.25, .vision_threatening_threshold = 0.21}, logits);
  EXPECT_TRUE(sensitive.referable);
  EXPECT_FALSE(sensitive.vision_threatening);
  EXPECT_EQ(sensitive.predicted, 0);  // The class does not depend on thresholds.
}

TEST(DecideTest, CutPointsDivideTheExpectedClass) {
  const std::vector<double> logits = {std::log(6), std::log(1), std::log(3)};  // Expected: 0.7.
  EXPECT_EQ(Decide({.cut_points = {0.8, 1.5}}, logits).predicted, 0);
  EXPECT_EQ(Decide({.cut_points = {0.5, 1.5}}, logits).predicted, 1);
  EXPECT_EQ(Decide({.cut_points = {0.1, 0.2}}, logits).predicted, 2);
}

TEST(DecideTest, ExpectedClassOnACutPointBelongsAbove) {
  EXPECT_EQ(ClassOfCutPoints({0.5, 1.5}, 0.5), 1);
  EXPECT_EQ(ClassOfCutPoints({0.5, 0.5}, 0.5), 2);
  EXPECT_EQ(ClassOfCutPoints({0.5, 1.5}, 0.49), 0);
}

TEST(ValidateDecisionRuleTest, NamesTheField) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(ValidateDecisionRule({}, 2).ok());
  EXPECT_TRUE(ValidateDecisionRule({.cut_points = {0.5, 0.5, 1, 3.5}}, 5).ok());
  EXPECT_THAT(ValidateDecisionRule({.temperature = 0}, 5).message(), HasSubstr("temperature"));
  EXPECT_THAT(ValidateDecisionRule({.temperature = nan}, 5).message(), HasSubstr("temperature"));
  EXPECT_THAT(ValidateDecisionRule({.referable_threshold = nan}, 5).message(),
              HasSubstr("referable_threshold"));
  EXPECT_THAT(ValidateDecisionRule({.vision_threatening_threshold = 1.1}, 5).message(),
              HasSubstr("vision_threatening_threshold"));
  EXPECT_THAT(ValidateDecisionRule({.cut_points = {1, 2}}, 5).message(), HasSubstr("none or 4"));
  EXPECT_THAT(ValidateDecisionRule({.cut_points = {1, 3, 2, 4}}, 5).message(), HasSubstr("rise"));
  EXPECT_THAT(ValidateDecisionRule({.cut_points = {1, 2, nan, 4}}, 5).message(),
              HasSubstr("finite"));
}

}  // namespace
}  // namespace fovea
