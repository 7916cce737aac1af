#include "server/convert/enums.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea {
namespace {

using testing::StartsWith;

TEST(EnumsTest, TargetsComeBack) {
  for (const Target target : {Target::kClasses, Target::kOrdinal}) {
    EXPECT_EQ(TargetFromProto(TargetToProto(target)).value(), target);
  }
  EXPECT_EQ(TargetToProto(Target::kOrdinal), v1::TARGET_ORDINAL);
  EXPECT_THAT(std::string(TargetFromProto(v1::TARGET_UNSPECIFIED).status().message()),
              StartsWith("recipe.target:"));
}

TEST(EnumsTest, ChoicesOfTheBestEpochComeBack) {
  for (const BestEpochBy best : {BestEpochBy::kTestAccuracy, BestEpochBy::kValidationKappa}) {
    EXPECT_EQ(BestEpochFromProto(BestEpochToProto(best)).value(), best);
  }
  EXPECT_EQ(BestEpochToProto(BestEpochBy::kTestAccuracy), v1::BEST_EPOCH_TEST_ACCURACY);
  EXPECT_THAT(std::string(BestEpochFromProto(v1::BEST_EPOCH_UNSPECIFIED).status().message()),
              StartsWith("recipe.best_epoch:"));
}

}  // namespace
}  // namespace fovea
