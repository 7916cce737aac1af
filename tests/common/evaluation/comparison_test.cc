#include "common/evaluation/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace fovea {
namespace {

using testing::HasSubstr;

// Two classes; `right` says which images get the true one, with probability 0.75.
Predictions Answers(const std::vector<int>& labels, const std::vector<bool>& right) {
  Predictions predictions = {.num_classes = 2, .labels = labels};
  for (size_t i = 0; i < labels.size(); ++i) {
    const bool says_one = (labels[i] == 1) == right[i];
    predictions.probabilities.push_back(says_one ? 0.25 : 0.75);
    predictions.probabilities.push_back(says_one ? 0.75 : 0.25);
  }
  return predictions;
}

TEST(Comparison, PValueByHand) {
  // One of four is at most 0, three are at least 0; one more of each: 2 * 2 / 5.
  EXPECT_DOUBLE_EQ(BootstrapPValue({-1, 2, 3, 4}), 0.8);
  EXPECT_DOUBLE_EQ(BootstrapPValue({1, 2, 3, kUndefined}), 0.5);
  EXPECT_DOUBLE_EQ(BootstrapPValue({0, 0}), 1);
  EXPECT_TRUE(std::isnan(BootstrapPValue({kUndefined})));
}

TEST(Comparison, ModelAgainstItself) {
  const Predictions model = Answers({0, 1, 0, 1}, {true, true, false, true});
  const absl::StatusOr<ModelComparison> comparison =
      CompareModels(model, model, {.bootstrap = {.resamples = 200}});
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  const MetricDifference& accuracy = comparison->at(Metric::kAccuracy);
  EXPECT_EQ(accuracy.first, 0.75);
  EXPECT_EQ(accuracy.second, 0.75);
  EXPECT_EQ(accuracy.difference, 0);
  EXPECT_EQ(accuracy.interval.low, 0);
  EXPECT_EQ(accuracy.interval.high, 0);
  EXPECT_EQ(accuracy.p_value, 1);
  EXPECT_EQ(comparison->mcnemar.p_value, 1);
  // No image is referable in any resample.
  EXPECT_TRUE(std::isnan(comparison->at(Metric::kReferableRocAuc).difference));
  EXPECT_EQ(comparison->at(Metric::kReferableRocAuc).interval.undefined, 200);
}

TEST(Comparison, CountsTheAnswersThatWereGiven) {
  const Predictions first = Answers({0, 1, 0, 1}, {true, true, true, true});
  Predictions second = first;
  second.predicted = {0, 1, 1, 0};
  const ModelComparison comparison =
      *CompareModels(first, second, {.bootstrap = {.resamples = 100}});
  EXPECT_EQ(comparison.mcnemar.only_first_right, 2);
  EXPECT_EQ(comparison.mcnemar.only_second_right, 0);
  EXPECT_EQ(comparison.at(Metric::kAccuracy).second, 0.5);
  EXPECT_EQ(comparison.at(Metric::kLogLoss).difference, 0);
}

TEST(Comparison, BetterModel) {
  std::vector<int> labels;
  std::vector<bool> first_right;
  std::vector<bool> second_right;
  for (int i = 0; i < 40; ++i) {
    labels.push_back(i % 2);
    first_right.push_back(i % 10 != 0);         // 36 of 40.
    second_right.push_back(i == 0 || i >= 20);  // 21 of 40, one of which the first one missed.
  }
  const Predictions first = Answers(labels, first_right);
  const Predictions second = Answers(labels, second_right);
  const absl::StatusOr<ModelComparison> comparison = CompareModels(first, second, {});
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  const MetricDifference& accuracy = comparison->at(Metric::kAccuracy);
  EXPECT_DOUBLE_EQ(accuracy.difference, 15.0 / 40);
  EXPECT_GT(accuracy.interval.low, 0.1);
  EXPECT_LT(accuracy.interval.low, accuracy.difference);
  EXPECT_GT(accuracy.interval.high, accuracy.difference);
  EXPECT_LT(accuracy.interval.high, 0.65);
  EXPECT_LT(accuracy.p_value, 0.01);
  // The other way round, the same with the other sign.
  const MetricDifference reverse = CompareModels(second, first, {})->at(Metric::kAccuracy);
  EXPECT_DOUBLE_EQ(reverse.difference, -accuracy.difference);
  EXPECT_NEAR(reverse.interval.low, -accuracy.interval.high, 1e-12);
  EXPECT_EQ(reverse.p_value, accuracy.p_value);
  EXPECT_EQ(comparison->mcnemar.only_first_right, 18);
  EXPECT_EQ(comparison->mcnemar.only_second_right, 3);
}

TEST(Comparison, RefusesOtherImages) {
  const Predictions model = Answers({0, 1}, {true, true});
  Predictions other = Answers({1, 1}, {true, true});
  const auto message = [&] {
    return std::string(CompareModels(model, other, {}).status().message());
  };
  EXPECT_THAT(message(), HasSubstr("labels: differ"));
  other = model;
  other.patients = {"a", "b"};
  EXPECT_THAT(message(), HasSubstr("patients: differ"));
  other = {.num_classes = 3, .labels = {0, 1}, .probabilities = {1, 0, 0, 0, 1, 0}};
  EXPECT_THAT(message(), HasSubstr("num_classes: differs"));
  other = {};
  EXPECT_THAT(message(), HasSubstr("second: num_classes"));
  EXPECT_FALSE(CompareModels(model, model, {.first_thresholds = {.referable = HUGE_VAL}}).ok());
  EXPECT_FALSE(CompareModels(model, model, {.bootstrap = {.resamples = 0}}).ok());
}

}  // namespace
}  // namespace fovea
