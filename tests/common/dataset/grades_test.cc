#include "common/dataset/grades.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ParseGrade, TakesWholeNumbersOnly) {
  EXPECT_EQ(*ParseGrade("x", "0"), 0);
  EXPECT_EQ(*ParseGrade("x", "4"), 4);
  EXPECT_EQ(*ParseGrade("x", "999"), 999);
  for (const char* bad : {"", "-1", "+1", "1.0", "1e2", "0x1", "1000", "4294967296", "NaN", "four",
                          "99999999999999999999"}) {
    EXPECT_FALSE(ParseGrade("x", bad).ok()) << bad;
  }
  EXPECT_THAT(std::string(ParseGrade("l.csv line 3", "two").status().message()),
              HasSubstr("l.csv line 3: \"two\" is not a grade"));
}

std::vector<std::string> Sorted(std::vector<std::string> names) {
  SortClasses(&names);
  return names;
}

TEST(SortClasses, NumbersByValue) {
  EXPECT_THAT(Sorted({"10", "9", "0", "2"}), ElementsAre("0", "2", "9", "10"));
}

TEST(SortClasses, GradesBySeverity) {
  EXPECT_THAT(Sorted({"Mild", "Moderate", "No_DR", "Proliferate_DR", "Severe"}),
              ElementsAre("No_DR", "Mild", "Moderate", "Severe", "Proliferate_DR"));
  EXPECT_THAT(Sorted({"severe npdr", "mild npdr", "moderate npdr", "no dr", "proliferative dr"}),
              ElementsAre("no dr", "mild npdr", "moderate npdr", "severe npdr",
                          "proliferative dr"));
}

TEST(SortClasses, OthersByTheAlphabet) {
  EXPECT_THAT(Sorted({"severe", "cat", "mild"}), ElementsAre("cat", "mild", "severe"));
}

TEST(NumberedClassNames, GradesForFive) {
  EXPECT_THAT(NumberedClassNames(5),
              ElementsAre("No DR", "Mild", "Moderate", "Severe", "Proliferative DR"));
  EXPECT_THAT(NumberedClassNames(3), ElementsAre("0", "1", "2"));
}

TEST(ValidateClassNames, RefusesFewRepeatedAndEmpty) {
  EXPECT_TRUE(ValidateClassNames({"a", "b"}).ok());
  EXPECT_FALSE(ValidateClassNames({}).ok());
  EXPECT_FALSE(ValidateClassNames({"a"}).ok());
  EXPECT_FALSE(ValidateClassNames({"a", "a"}).ok());
  EXPECT_FALSE(ValidateClassNames({"a", ""}).ok());
  EXPECT_FALSE(ValidateClassNames({"a", std::string(101, 'x')}).ok());
}

}  // namespace
}  // namespace fovea
