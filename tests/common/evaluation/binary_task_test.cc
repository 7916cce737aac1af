#include "common/evaluation/binary_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea {
namespace {

using testing::ElementsAre;

Predictions TwoImages() {
  return {.num_classes = 4,
          .labels = {1, 3},
          .probabilities = {0.5, 0.25, 0.125, 0.125, 0, 0.25, 0.25, 0.5}};
}

TEST(BinaryTask, OneVersusRest) {
  const BinaryTask task = OneVersusRest(TwoImages(), 1);
  EXPECT_THAT(task.positive, ElementsAre(true, false));
  EXPECT_THAT(task.score, ElementsAre(0.25, 0.25));
}

TEST(BinaryTask, GradeAtLeast) {
  const BinaryTask referable = GradeAtLeast(TwoImages(), kReferableGrade);
  EXPECT_THAT(referable.positive, ElementsAre(false, true));
  EXPECT_THAT(referable.score, ElementsAre(0.25, 0.75));
  const BinaryTask severe = GradeAtLeast(TwoImages(), kVisionThreateningGrade);
  EXPECT_THAT(severe.score, ElementsAre(0.125, 0.5));
}

TEST(BinaryTask, GradeBeyondTheClasses) {
  const BinaryTask task = GradeAtLeast(TwoImages(), 4);
  EXPECT_THAT(task.positive, ElementsAre(false, false));
  EXPECT_THAT(task.score, ElementsAre(0, 0));
}

}  // namespace
}  // namespace fovea
