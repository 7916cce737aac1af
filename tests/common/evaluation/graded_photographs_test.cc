#include "common/evaluation/graded_photographs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

GradedPhotographs Two() {
  GradedPhotographs graded;
  graded.paths = {"a \"b\", c.jpeg", "d.jpeg"};
  graded.predictions.num_classes = 2;
  graded.predictions.labels = {0, 1};
  graded.predictions.patients = {"p1", ""};
  graded.predictions.probabilities = {1.0 / 3, 2.0 / 3, 0.75, 0.25};
  return graded;
}

TEST(GradedPhotographsTest, WritesALineAPhotograph) {
  EXPECT_EQ(ToCsv(Two()),
            "path,patient,label,predicted,probability_0,probability_1\n"
            "\"a \"\"b\"\", c.jpeg\",\"p1\",0,1,0.33333333333333331,0.66666666666666663\n"
            "\"d.jpeg\",\"\",1,0,0.75,0.25\n");
}

TEST(GradedPhotographsTest, ReadsBackTheSame) {
  const GradedPhotographs read = GradedFromCsv(ToCsv(Two()), 2).value();
  EXPECT_EQ(read.paths, Two().paths);
  EXPECT_EQ(read.predictions.labels, Two().predictions.labels);
  EXPECT_EQ(read.predictions.patients, Two().predictions.patients);
  EXPECT_EQ(read.predictions.probabilities, Two().predictions.probabilities);
}

TEST(GradedPhotographsTest, TimesAreTheLastColumn) {
  GradedPhotographs graded = Two();
  graded.inference_ms = {1.25, 1.0 / 3};
  const std::string csv = ToCsv(graded);
  EXPECT_THAT(csv, HasSubstr(",probability_1,inference_ms\n"));
  EXPECT_THAT(csv, HasSubstr(",0.75,0.25,0.33333333333333331\n"));
  const GradedPhotographs read = GradedFromCsv(csv, 2).value();
  EXPECT_EQ(read.inference_ms, graded.inference_ms);
  EXPECT_EQ(read.predictions.probabilities, graded.predictions.probabilities);
  EXPECT_THAT(GradedFromCsv(ToCsv(Two()), 2)->inference_ms, ElementsAre());
}

TEST(GradedPhotographsTest, RefusesALineWithoutItsTime) {
  GradedPhotographs graded = Two();
  graded.inference_ms = {1, 2};
  for (const char* line : {"a,p,0,0,0.5,0.5", "a,p,0,0,0.5,0.5,x"}) {
    EXPECT_FALSE(GradedFromCsv(absl::StrCat(ToCsv(graded), line, "\n"), 2).ok()) << line;
  }
}

TEST(GradedPhotographsTest, KeepsAnswersThatAreNotTheMostProbable) {
  GradedPhotographs graded = Two();
  graded.predictions.predicted = {0, 1};
  const GradedPhotographs read = GradedFromCsv(ToCsv(graded), 2).value();
  EXPECT_THAT(read.predictions.predicted, ElementsAre(0, 1));
  EXPECT_EQ(ToCsv(read), ToCsv(graded));
}

TEST(GradedPhotographsTest, RefusesWhatItDidNotWrite) {
  const std::string header = "path,patient,label,predicted,probability_0,probability_1\n";
  for (const char* line : {"a", "a,p,x,0,0.5,0.5", "a,p,0,x,0.5,0.5", "a,p,0,0,0.5", "a,p,0,0,0.5,y"}) {
    EXPECT_THAT(std::string(GradedFromCsv(absl::StrCat(header, line, "\n"), 2).status().message()),
                HasSubstr("predictions: line 2 is not a prediction"));
  }
  EXPECT_THAT(std::string(GradedFromCsv(header + "a,p,7,0,0.5,0.5\n", 2).status().message()),
              HasSubstr("predictions: labels: "));
  EXPECT_THAT(std::string(GradedFromCsv(header + "a,p,1,2,0.5,0.5\n", 2).status().message()),
              HasSubstr("predictions: predicted: 2"));
  EXPECT_FALSE(GradedFromCsv(header, 2).ok());
}

}  // namespace
}  // namespace fovea
