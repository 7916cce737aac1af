#include "common/evaluation/ranking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

auto Counts(double threshold, int64_t positives, int64_t negatives) {
  return AllOf(Field(&ThresholdCounts::threshold, threshold),
               Field(&ThresholdCounts::true_positives, positives),
               Field(&ThresholdCounts::false_positives, negatives));
}

BinaryTask FourImages() {
  return {.positive = {true, false, true, false}, .score = {0.5, 0.5, 0.9, 0.1}};
}

TEST(Ranking, EqualScoresAreCountedTogether) {
  EXPECT_THAT(Ranking(FourImages()).Counts(),
              ElementsAre(Counts(0.9, 1, 0), Counts(0.5, 2, 1), Counts(0.1, 2, 2)));
}

TEST(Ranking, ResampleCountsImagesAsOftenAsTheyAreThere) {
  EXPECT_THAT(Ranking(FourImages()).Counts({0, 3, 0, 1}),
              ElementsAre(Counts(0.5, 0, 3), Counts(0.1, 0, 4)));
}

TEST(Ranking, NoImages) { EXPECT_THAT(Ranking(BinaryTask()).Counts(), IsEmpty()); }

}  // namespace
}  // namespace fovea
