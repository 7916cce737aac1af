// From measures to reasons.
#include "common/quality/quality.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

QualityMeasures Good() {
  QualityMeasures good;
  good.fundus_score = 5;
  good.sharpness = 0.6;
  good.brightness = 0.4;
  good.dark_share = 0.05;
  good.saturated_share = 0.02;
  good.visible_share = 0.9;
  return good;
}

TEST(JudgeQualityTest, NoReasonAgainstAGoodPhotograph) {
  EXPECT_THAT(JudgeQuality(Good(), {}), IsEmpty());
}

TEST(JudgeQualityTest, EachMeasureHasItsReason) {
  QualityMeasures m = Good();
  m.fundus_score = -0.1;
  EXPECT_THAT(JudgeQuality(m, {}), ElementsAre(QualityReason::kNotAFundus));
  m = Good();
  m.sharpness = 0.05;
  EXPECT_THAT(JudgeQuality(m, {}), ElementsAre(QualityReason::kBlurred));
  m = Good();
  m.brightness = 0.02;
  EXPECT_THAT(JudgeQuality(m, {}), ElementsAre(QualityReason::kTooDark));
  m = Good();
  m.dark_share = 0.9;
  EXPECT_THAT(JudgeQuality(m, {}), ElementsAre(QualityReason::kTooDark));
  m = Good();
  m.saturated_share = 0.9;
  EXPECT_THAT(JudgeQuality(m, {}), ElementsAre(QualityReason::kOverexposed));
  m = Good();
  m.visible_share = 0.2;
  EXPECT_THAT(JudgeQuality(m, {}), ElementsAre(QualityReason::kCutOff));
}

TEST(JudgeQualityTest, SeveralReasonsComeInTheirOrder) {
  QualityMeasures m;
  m.fundus_score = -1;
  m.saturated_share = 1;
  EXPECT_THAT(JudgeQuality(m, {}),
              ElementsAre(QualityReason::kNotAFundus, QualityReason::kBlurred,
                          QualityReason::kTooDark, QualityReason::kOverexposed,
                          QualityReason::kCutOff));
}

TEST(JudgeQualityTest, AValueAtTheThresholdIsAllowed) {
  QualityThresholds thresholds;
  QualityMeasures m = Good();
  m.sharpness = thresholds.min_sharpness;
  m.visible_share = thresholds.min_visible_share;
  m.saturated_share = thresholds.max_saturated_share;
  EXPECT_THAT(JudgeQuality(m, thresholds), IsEmpty());
  thresholds.min_sharpness += 0.01;
  EXPECT_THAT(JudgeQuality(m, thresholds), ElementsAre(QualityReason::kBlurred));
}

TEST(QualityReasonTest, HasAName) {
  EXPECT_STREQ(QualityReasonName(QualityReason::kNotAFundus), "NOT_A_FUNDUS");
  EXPECT_STREQ(QualityReasonName(QualityReason::kBlurred), "BLURRED");
  EXPECT_STREQ(QualityReasonName(QualityReason::kTooDark), "TOO_DARK");
  EXPECT_STREQ(QualityReasonName(QualityReason::kOverexposed), "OVEREXPOSED");
  EXPECT_STREQ(QualityReasonName(QualityReason::kCutOff), "CUT_OFF");
}

}  // namespace
}  // namespace fovea
