// From measures to reasons.
#include "common/quality/quality.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace fovea {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;

QualityMeasures Good() {
  QualityMeasures good;
  good.short_side = 256;
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
  EXPECT_THAT(JudgeQuality(m, {}), ElementsAre(QualityReason::kTooBright));
  m = Good();
  m.visible_share = 0.2;
  EXPECT_THAT(JudgeQuality(m, {}), ElementsAre(QualityReason::kCutOff));
}

TEST(JudgeQualityTest, SeveralReasonsComeInTheirOrder) {
  QualityMeasures m;
  m.short_side = 64;
  m.fundus_score = -1;
  m.saturated_share = 1;
  EXPECT_THAT(JudgeQuality(m, {}),
              ElementsAre(QualityReason::kNotAFundus, QualityReason::kBlurred,
                          QualityReason::kTooDark, QualityReason::kTooBright,
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

TEST(JudgeQualityTest, OfTooFewPixelsNothingElseIsSaid) {
  QualityMeasures m;
  m.short_side = 63;
  EXPECT_THAT(JudgeQuality(m, {}), ElementsAre(QualityReason::kTooSmall));
  QualityThresholds thresholds;
  thresholds.min_short_side = 1;
  EXPECT_THAT(JudgeQuality(m, thresholds), Not(Contains(QualityReason::kTooSmall)));
}

TEST(QualityReasonTest, EachHasAnAdviceOfItsOwnAndANameThatAMetricMayCarry) {
  std::set<std::string> names, advice;
  for (int i = 0; i < kQualityReasons; ++i) {
    const auto reason = static_cast<QualityReason>(i);
    names.insert(QualityReasonName(reason));
    advice.insert(QualityReasonAdvice(reason));
    EXPECT_THAT(QualityReasonName(reason), MatchesRegex("[a-z_]+"));
    EXPECT_THAT(QualityReasonAdvice(reason), MatchesRegex("[A-Z].*\\."));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(kQualityReasons));
  EXPECT_EQ(advice.size(), static_cast<size_t>(kQualityReasons));
  EXPECT_THAT(names, Not(Contains("unknown")));
}

}  // namespace
}  // namespace fovea
