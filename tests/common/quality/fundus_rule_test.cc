#include "common/quality/fundus_rule.h"

#include <algorithm>
#include <limits>

#include "common/quality/quality.h"
#include "gtest/gtest.h"
#include "tests/testing/phantom.h"
#include "tests/testing/picture_variants.h"

namespace fovea {
namespace {

double ScoreOf(const Image& image) { return MeasureQuality(image).fundus_score; }

TEST(FundusRuleTest, PhantomsScoreAboveOtherPicturesInADisc) {
  double lowest = std::numeric_limits<double>::infinity();
  for (uint64_t patient = 0; patient < 10; ++patient) {
    const int grade = static_cast<int>(patient % 5);
    lowest = std::min(lowest, ScoreOf(PaintPhantom({patient, grade, false})));
  }
  for (int kind = 0; kind < kPaintedKinds; ++kind) {
    for (uint64_t seed = 500; seed < 505; ++seed) {
      const Image disc = InDisc(Paint(static_cast<Painted>(kind), seed), 1, seed);
      EXPECT_LT(ScoreOf(disc), lowest) << kind << " " << seed;
    }
  }
}

// What lies far out counts as much as what lies at the limit.
TEST(FundusRuleTest, ScoresAreBounded) {
  FundusFeatures far, farther;
  far.fill(1e6);
  farther.fill(1e9);
  EXPECT_EQ(FundusScore(far), FundusScore(farther));
}

TEST(FundusRuleTest, NoFieldNoFundus) {
  EXPECT_EQ(ScoreOf(Paint(Painted::kFlat, 1)), kNoFieldScore);
}

}  // namespace
}  // namespace fovea
