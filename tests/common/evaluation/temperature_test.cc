#include "common/evaluation/temperature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace fovea {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Temperature, SoftmaxByHand) {
  const Logits logits = {.num_classes = 2, .values = {std::log(3), 0, 2000, 0}};
  EXPECT_THAT(Softmax(logits, 1), ElementsAre(DoubleEq(0.75), DoubleEq(0.25), 1, 0));
  const double root = std::sqrt(3);
  EXPECT_THAT(Softmax({.num_classes = 2, .values = {std::log(3), 0}}, 2),
              ElementsAre(DoubleEq(root / (root + 1)), DoubleEq(1 / (root + 1))));
}

TEST(Temperature, MakesConfidenceTheShareThatIsRight) {
  // Right 3 times of 4 with a margin of 2: p = 3/4 needs a margin of ln 3.
  const Logits logits = {.num_classes = 2, .values = {2, 0, 2, 0, 2, 0, 2, 0}};
  EXPECT_NEAR(*FitTemperature(logits, {0, 0, 0, 1}), 2 / std::log(3), 1e-12);
}

TEST(Temperature, Limits) {
  const Logits logits = {.num_classes = 2, .values = {2, 0, 0, 2}};
  EXPECT_EQ(*FitTemperature(logits, {0, 1}), kLowestTemperature);   // All right.
  EXPECT_EQ(*FitTemperature(logits, {1, 0}), kHighestTemperature);  // All wrong.
  EXPECT_EQ(*FitTemperature(logits, {0, 0}), kHighestTemperature);  // No better than chance.
  EXPECT_EQ(*FitTemperature({.num_classes = 2, .values = {3, 3}}, {0}), 1);  // Nothing to change.
}

TEST(Temperature, RefusesWhatIsNotValid) {
  const auto message = [](const Logits& logits, const std::vector<int>& labels) {
    return std::string(FitTemperature(logits, labels).status().message());
  };
  EXPECT_THAT(message({.num_classes = 1, .values = {1}}, {0}), HasSubstr("num_classes: 1"));
  EXPECT_THAT(message({.num_classes = 2}, {}), HasSubstr("labels: no images"));
  EXPECT_THAT(message({.num_classes = 2, .values = {1}}, {0}), HasSubstr("logits: 1 numbers"));
  EXPECT_THAT(message({.num_classes = 2, .values = {1, 2}}, {2}), HasSubstr("labels: 2; allowed"));
  EXPECT_THAT(message({.num_classes = 2, .values = {1, std::nan("")}}, {0}),
              HasSubstr("logits: not finite"));
}

}  // namespace
}  // namespace fovea
