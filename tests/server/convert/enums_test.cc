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

TEST(EnumsTest, PrecisionsComeBack) {
  for (const TrainingPrecision one : {TrainingPrecision::kFloat32, TrainingPrecision::kMixed}) {
    EXPECT_EQ(PrecisionFromProto(PrecisionToProto(one)).value(), one);
  }
  EXPECT_EQ(PrecisionToProto(TrainingPrecision::kMixed), v1::TRAINING_PRECISION_MIXED);
  // Jobs that were stored before the field was there go on as they began.
  EXPECT_EQ(PrecisionFromProto(v1::TRAINING_PRECISION_UNSPECIFIED).value(),
            TrainingPrecision::kFloat32);
  EXPECT_THAT(
      std::string(PrecisionFromProto(static_cast<v1::TrainingPrecision>(9)).status().message()),
      StartsWith("recipe.precision:"));
}

TEST(EnumsTest, ChoicesOfTheBestEpochComeBack) {
  for (const BestEpochBy best :
       {BestEpochBy::kTestAccuracy, BestEpochBy::kValidationKappa, BestEpochBy::kLast}) {
    EXPECT_EQ(BestEpochFromProto(BestEpochToProto(best)).value(), best);
  }
  EXPECT_EQ(BestEpochToProto(BestEpochBy::kTestAccuracy), v1::BEST_EPOCH_TEST_ACCURACY);
  EXPECT_THAT(std::string(BestEpochFromProto(v1::BEST_EPOCH_UNSPECIFIED).status().message()),
              StartsWith("recipe.best_epoch:"));
}

}  // namespace
}  // namespace fovea
