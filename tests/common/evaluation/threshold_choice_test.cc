#include "common/evaluation/threshold_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace fovea {
namespace {

using testing::HasSubstr;

std::vector<ThresholdCounts> CountsOf(const std::vector<bool>& positive,
                                      const std::vector<double>& score) {
  return Ranking({.positive = positive, .score = score}).Counts();
}

// Falling: yes 0.9, yes 0.8, no 0.7, yes 0.6, no 0.5, no 0.4.
std::vector<ThresholdCounts> SixImages() {
  return CountsOf({true, true, false, true, false, false}, {0.9, 0.8, 0.7, 0.6, 0.5, 0.4});
}

TEST(ThresholdChoice, YoudenTakesTheMoreSensitiveOfEquals) {
  // J is 2/3 both at 0.8 (sensitivity 2/3, specificity 1) and at 0.6 (1, 2/3).
  EXPECT_EQ(*HighestYouden(SixImages()), 0.6);
  EXPECT_EQ(*HighestYouden(CountsOf({false, true}, {0.3, 0.7})), 0.7);
  // Worse than chance: everything is positive, J = 0.
  EXPECT_EQ(*HighestYouden(CountsOf({false, true}, {0.7, 0.3})), 0.3);
}

TEST(ThresholdChoice, SpecificityKeepsTheFloor) {
  EXPECT_EQ(*HighestSpecificity(SixImages(), 0.5), 0.8);
  EXPECT_EQ(*HighestSpecificity(SixImages(), 2.0 / 3), 0.8);
  EXPECT_EQ(*HighestSpecificity(SixImages(), 0.67), 0.6);
  EXPECT_EQ(*HighestSpecificity(SixImages(), 1), 0.6);
  // Specificity is 1 at 0.9 and 0.8, of which 0.8 finds more.
  EXPECT_EQ(*HighestSpecificity(SixImages(), 0.1), 0.8);
}

TEST(ThresholdChoice, RefusesWhatHasNoAnswer) {
  EXPECT_THAT(std::string(HighestYouden(CountsOf({true}, {0.5})).status().message()),
              HasSubstr("labels: no negative image"));
  EXPECT_THAT(std::string(HighestYouden(CountsOf({false}, {0.5})).status().message()),
              HasSubstr("labels: no positive image"));
  EXPECT_FALSE(HighestYouden({}).ok());
  EXPECT_FALSE(HighestSpecificity(CountsOf({true}, {0.5}), 0.9).ok());
  for (const double floor : {0.0, 1.1, std::nan("")}) {
    EXPECT_THAT(std::string(HighestSpecificity(SixImages(), floor).status().message()),
                HasSubstr("sensitivity_floor: must be above 0"));
  }
}

}  // namespace
}  // namespace fovea
