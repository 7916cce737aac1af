#include "common/evaluation/predictions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Predictions TwoImages() {
  return {.num_classes = 3, .labels = {0, 2}, .probabilities = {0.5, 0.25, 0.25, 0, 0, 1}};
}

void ExpectRefused(const Predictions& predictions, const std::string& message) {
  const absl::Status status = ValidatePredictions(predictions);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr(message));
}

TEST(Predictions, ValidOnes) {
  Predictions predictions = TwoImages();
  EXPECT_TRUE(ValidatePredictions(predictions).ok());
  predictions.patients = {"a", ""};
  EXPECT_TRUE(ValidatePredictions(predictions).ok());
  predictions.probabilities[0] = 0.50001;  // Rounded to single precision somewhere.
  EXPECT_TRUE(ValidatePredictions(predictions).ok());
}

TEST(Predictions, RefusedOnes) {
  Predictions predictions = TwoImages();
  predictions.num_classes = 1;
  ExpectRefused(predictions, "num_classes: 1; allowed are 2 and more");
  ExpectRefused({.num_classes = 2}, "labels: no images");
  predictions = TwoImages();
  predictions.probabilities.pop_back();
  ExpectRefused(predictions, "probabilities: 5 numbers; allowed is 6");
  predictions = TwoImages();
  predictions.patients = {"a"};
  ExpectRefused(predictions, "patients: 1 ids");
  predictions = TwoImages();
  predictions.labels[1] = 3;
  ExpectRefused(predictions, "labels: 3 of image 1; allowed are 0 to 2");
  predictions.labels[1] = -1;
  ExpectRefused(predictions, "labels: -1 of image 1");
}

TEST(Predictions, RefusedProbabilities) {
  Predictions predictions = TwoImages();
  predictions.probabilities[1] = std::nan("");
  ExpectRefused(predictions, "probabilities: nan of image 0");
  predictions.probabilities = {1.5, -0.5, 0, 0, 0, 1};
  ExpectRefused(predictions, "probabilities: 1.5 of image 0");
  predictions.probabilities = {1, 0, 0, 0, 0.5, 0.4};
  ExpectRefused(predictions, "image 1 add up to 0.9");
}

TEST(Predictions, PredictedClassIsTheFirstOfEquals) {
  const Predictions predictions = TwoImages();
  EXPECT_EQ(PredictedClass(predictions.Row(0)), 0);
  EXPECT_EQ(PredictedClass(predictions.Row(1)), 2);
  EXPECT_EQ(PredictedClass(std::vector<double>{0.2, 0.4, 0.4}), 1);
}

TEST(Predictions, AnswersAreTheMostProbableClassesUnlessGiven) {
  Predictions predictions = TwoImages();
  EXPECT_EQ(predictions.Answer(1), 2);
  predictions.predicted = {2, 0};
  EXPECT_EQ(predictions.Answer(0), 2);
  EXPECT_EQ(predictions.Answer(1), 0);
  predictions.predicted = {2, 3};
  ExpectRefused(predictions, "predicted: 3 of image 1; allowed are 0 to 2");
  predictions.predicted = {2};
  ExpectRefused(predictions, "predicted: 1 classes; allowed is none, or 2, one an image");
}

TEST(Predictions, ImagesByPatient) {
  Predictions predictions = {.num_classes = 2, .labels = {0, 0, 1, 1, 0}};
  EXPECT_THAT(ImagesByPatient(predictions),
              ElementsAre(ElementsAre(0), ElementsAre(1), ElementsAre(2), ElementsAre(3),
                          ElementsAre(4)));
  predictions.patients = {"b", "", "a", "b", ""};
  EXPECT_THAT(ImagesByPatient(predictions),
              ElementsAre(ElementsAre(0, 3), ElementsAre(1), ElementsAre(2), ElementsAre(4)));
}

}  // namespace
}  // namespace fovea
