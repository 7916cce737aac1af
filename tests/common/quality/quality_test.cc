// The gate on phantoms, on phantoms made worse, and on pictures of anything else.
#include "common/quality/quality.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/preprocess/preprocess.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/phantom.h"
#include "tests/testing/picture_variants.h"

namespace fovea {
namespace {

using testing::Contains;
using testing::IsEmpty;

constexpr int kPatients = 10;

Image PhantomOf(int patient, int side = 256) {
  return PaintPhantom(
      {static_cast<uint64_t>(patient), patient % 5, patient % 2 == 0, side, side});
}

std::string Describe(const QualityReport& report) {
  const QualityMeasures& m = report.measures;
  return absl::StrCat("fundus ", m.fundus_score, ", sharp ", m.sharpness, ", bright ", m.brightness,
                      ", dark ", m.dark_share, ", saturated ", m.saturated_share, ", visible ",
                      m.visible_share);
}

// How many phantoms get this reason once they are changed.
template <typename Change>
int CountRefused(QualityReason reason, const Change& change) {
  int refused = 0;
  for (int patient = 0; patient < kPatients; ++patient) {
    const auto reasons = AssessQuality(change(PhantomOf(patient))).reasons;
    refused += std::find(reasons.begin(), reasons.end(), reason) != reasons.end();
  }
  return refused;
}

// As in the quick start and in tests: never enlarged before grading.
TEST(QualityTest, PhantomsOfAllSizesAreGradable) {
  for (const int side : {64, 72, 96, 128, 192, 256, 384, 512}) {
    for (int patient = 0; patient < kPatients; ++patient) {
      for (const int short_side : {72, 256}) {
        const Image image = *ResizeShortSide(PhantomOf(patient, side), std::min(side, short_side));
        const QualityReport report = AssessQuality(image);
        EXPECT_TRUE(report.gradable()) << side << " at " << short_side << ": " << Describe(report);
      }
    }
  }
}

TEST(QualityTest, PhantomsOfOtherShapesAreGradable) {
  for (int patient = 0; patient < kPatients; ++patient) {
    const Image image = PaintPhantom({static_cast<uint64_t>(patient), 2, true, 341, 256});
    const QualityReport report = AssessQuality(image);
    EXPECT_TRUE(report.gradable()) << Describe(report);
  }
}

// What has no detail at the size at which it is graded is not sharp, however small the file was.
TEST(QualityTest, EnlargedFourfoldIsBlurred) {
  for (int patient = 0; patient < kPatients; ++patient) {
    const Image image = *ResizeShortSide(PhantomOf(patient, 64), 256);
    EXPECT_THAT(AssessQuality(image).reasons, Contains(QualityReason::kBlurred));
  }
}

TEST(QualityTest, BlurredPhantoms) {
  const auto blurred = [](double sigma) {
    return CountRefused(QualityReason::kBlurred,
                        [=](const Image& image) { return Blurred(image, sigma); });
  };
  EXPECT_EQ(blurred(0.4), 0);
  EXPECT_EQ(blurred(2.5), kPatients);
  EXPECT_EQ(blurred(6), kPatients);
}

TEST(QualityTest, DarkPhantoms) {
  const auto dark = [](double gain) {
    return CountRefused(QualityReason::kTooDark,
                        [=](const Image& image) { return Exposed(image, gain); });
  };
  EXPECT_EQ(dark(0.7), 0);
  EXPECT_EQ(dark(0.2), kPatients);
  EXPECT_EQ(dark(0.05), kPatients);
}

TEST(QualityTest, OverexposedPhantoms) {
  const auto overexposed = [](double gain) {
    return CountRefused(QualityReason::kTooBright,
                        [=](const Image& image) { return Exposed(image, gain); });
  };
  EXPECT_EQ(overexposed(1.2), 0);
  EXPECT_EQ(overexposed(8), kPatients);
}

TEST(QualityTest, PhantomsCutOffAtAnySide) {
  for (const Side side : {Side::kLeft, Side::kTop, Side::kRight, Side::kBottom}) {
    const auto cut = [side](double share) {
      return CountRefused(QualityReason::kCutOff,
                          [=](const Image& image) { return CutOff(image, share, side); });
    };
    EXPECT_EQ(cut(0.1), 0);
    EXPECT_EQ(cut(0.5), kPatients);
  }
}

TEST(QualityTest, OtherPicturesAreNotFundusPhotographs) {
  for (int kind = 0; kind < kPaintedKinds; ++kind) {
    for (uint64_t seed = 900; seed < 910; ++seed) {
      const Image image = Paint(static_cast<Painted>(kind), seed);
      for (const Image& picture : {image, InDisc(image, 1, seed)}) {
        const QualityReport report = AssessQuality(picture);
        EXPECT_THAT(report.reasons, Contains(QualityReason::kNotAFundus))
            << kind << " " << seed << ": " << Describe(report);
      }
    }
  }
}

TEST(QualityTest, BlackIsTooDarkAsWell) {
  const auto reasons = AssessQuality({256, 256, std::vector<uint8_t>(256 * 256 * 3)}).reasons;
  EXPECT_THAT(reasons, Contains(QualityReason::kNotAFundus));
  EXPECT_THAT(reasons, Contains(QualityReason::kTooDark));
}

TEST(QualityTest, OddSizesAreMeasured) {
  for (const auto& [width, height] :
       {std::pair{1, 1}, {2, 1}, {1, 16}, {32, 32}, {33, 47}, {512, 32}, {32, 512}, {4096, 256}}) {
    const Image flat{width, height,
                     std::vector<uint8_t>(static_cast<size_t>(width) * height * 3, 80)};
    EXPECT_THAT(AssessQuality(flat, {.min_short_side = 1}).reasons,
                Contains(QualityReason::kNotAFundus));
    if (width < 32) continue;
    AssessQuality(PaintPhantom({1, 0, true, width, height}));
  }
}

TEST(QualityTest, TheSamePictureGivesTheSameMeasures) {
  const Image image = PhantomOf(4);
  const QualityMeasures first = MeasureQuality(image), second = MeasureQuality(image);
  EXPECT_EQ(first.fundus_score, second.fundus_score);
  EXPECT_EQ(first.sharpness, second.sharpness);
  EXPECT_EQ(first.brightness, second.brightness);
  EXPECT_EQ(first.visible_share, second.visible_share);
}

TEST(QualityTest, ThresholdsDecide) {
  const Image image = PhantomOf(2);
  QualityThresholds thresholds;
  EXPECT_THAT(AssessQuality(image, thresholds).reasons, IsEmpty());
  thresholds.min_brightness = 0.9;
  EXPECT_THAT(AssessQuality(image, thresholds).reasons,
              testing::ElementsAre(QualityReason::kTooDark));
}

TEST(FindFieldTest, IsInPixelsOfTheImage) {
  const Field field = FindField(PaintPhantom({1, 0, true, 341, 256}));
  EXPECT_NEAR(field.x, 170.5, 1.5);
  EXPECT_NEAR(field.y, 128, 1.5);
  EXPECT_NEAR(field.radius, 0.48 * 256, 2.5);
}

}  // namespace
}  // namespace fovea
