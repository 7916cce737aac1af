#include "server/serving/quality_gate.h"

#include <gmock/gmock.h>

#include "common/preprocess/preprocess.h"
#include "common/preprocess/resample.h"
#include "tests/testing/phantom.h"
#include "tests/testing/picture_variants.h"

namespace fovea {
namespace {

using testing::Contains;
using testing::IsEmpty;

Manifest WithClasses(int classes) {
  Manifest manifest;
  manifest.num_classes = classes;
  return manifest;
}

QualityReport Gated(const Image& photograph, const PreprocessSpec& spec) {
  const DecodedImage decoded(photograph);
  return QualityGate({}).Assess(decoded, PrepareImage(decoded, spec).value(), spec).value();
}

// What the gate measures for a model whose resize has that short side.
QualityReport Assess(const Image& photograph, int short_side) {
  PreprocessSpec spec;
  spec.resize_short_side = short_side;
  spec.crop_size = short_side;
  return Gated(photograph, spec);
}

TEST(QualityGateTest, WatchesModelsOfTheFiveGradesOnly) {
  const QualityGate on({}), off({.enabled = false});
  EXPECT_TRUE(on.Watches(WithClasses(5)));
  EXPECT_FALSE(on.Watches(WithClasses(2)));
  EXPECT_FALSE(on.Watches(WithClasses(200)));
  EXPECT_FALSE(off.Watches(WithClasses(5)));
}

TEST(QualityGateTest, MeasuresWhatTheModelSees) {
  const Image photograph = PaintPhantom({.patient = 3, .width = 512, .height = 512});
  PreprocessSpec spec;
  const QualityMeasures want = MeasureQuality(PrepareImage(DecodedImage(photograph), spec).value());
  const QualityReport got = Assess(photograph, spec.resize_short_side);
  EXPECT_EQ(got.measures.fundus_score, want.fundus_score);
  EXPECT_EQ(got.measures.sharpness, want.sharpness);
  EXPECT_EQ(got.measures.short_side, 512);
}

TEST(QualityGateTest, WhatIsDoneForTheNetworkDoesNotChangeWhatIsMeasured) {
  const Image photograph = PaintPhantom({.patient = 3, .width = 512, .height = 512});
  PreprocessSpec spec;
  spec.crop_to_fundus = spec.subtract_local_average = true;
  const QualityReport got = Gated(photograph, spec);
  const QualityReport plain = Assess(photograph, spec.resize_short_side);
  EXPECT_EQ(got.measures.sharpness, plain.measures.sharpness);
  EXPECT_EQ(got.measures.brightness, plain.measures.brightness);
  EXPECT_THAT(got.reasons, IsEmpty());
}

// At 512 pixels the same photograph has less detail a pixel, at 32 there is nothing to measure.
TEST(QualityGateTest, LargeAndSmallModelsMeasureAtTheSizesThatTheThresholdsAreFor) {
  const Image photograph = PaintPhantom({.patient = 3, .width = 1024, .height = 1024});
  EXPECT_EQ(Assess(photograph, 512).measures.sharpness, Assess(photograph, 256).measures.sharpness);
  EXPECT_EQ(Assess(photograph, 32).measures.sharpness, Assess(photograph, 64).measures.sharpness);
  EXPECT_NE(Assess(photograph, 64).measures.sharpness, Assess(photograph, 256).measures.sharpness);
}

// Decodes a file as a model with `spec` does, and asks the gate.
QualityReport OfFile(const std::string& jpeg, const PreprocessSpec& spec,
                     const QualityThresholds& thresholds = {}) {
  const DecodedImage decoded = DecodePhotograph(jpeg, {}, DecodeOptionsOf(spec)).value();
  const Image prepared = PrepareImage(decoded, spec).value();
  return QualityGate({.thresholds = thresholds}).Assess(decoded, prepared, spec).value();
}

TEST(QualityGateTest, AsksTheFileHowLargeThePhotographIs) {
  const std::string jpeg = EncodeJpeg(PaintPhantom({.patient = 3, .width = 1100, .height = 1030}));
  PreprocessSpec spec;
  spec.scaled_decode = true;
  const QualityReport report = OfFile(jpeg, spec, {.min_short_side = 1030});
  EXPECT_EQ(report.measures.short_side, 1030);
  EXPECT_THAT(report.reasons, IsEmpty());
  EXPECT_THAT(OfFile(jpeg, spec, {.min_short_side = 1031}).reasons,
              Contains(QualityReason::kTooSmall));
}

// Whatever was done to the photograph, and whatever the model sees of it.
TEST(QualityGateTest, SaysTheSameOfScaledDecodes) {
  for (uint64_t patient = 0; patient < 3; ++patient) {
    const Image sound = Resample(PaintPhantom({patient, 2, false, 400, 400}), 2304, 2304);
    const Image variants[] = {sound, Blurred(sound, 27), Exposed(sound, 0.1), Exposed(sound, 2),
                              CutOff(sound, 0.6, Side::kLeft)};
    for (const Image& variant : variants) {
      const std::string jpeg = EncodeJpeg(variant);
      for (const int short_side : {64, 256, 512}) {
        PreprocessSpec full;
        full.resize_short_side = full.crop_size = short_side;
        PreprocessSpec scaled = full;
        scaled.scaled_decode = true;
        const QualityReport want = OfFile(jpeg, full), got = OfFile(jpeg, scaled);
        EXPECT_EQ(got.reasons, want.reasons) << patient << " " << &variant - variants;
        EXPECT_NEAR(got.measures.fundus_score, want.measures.fundus_score, 0.5);
        EXPECT_NEAR(got.measures.sharpness, want.measures.sharpness, 0.03);
        EXPECT_NEAR(got.measures.brightness, want.measures.brightness, 0.005);
        EXPECT_NEAR(got.measures.visible_share, want.measures.visible_share, 0.01);
      }
    }
  }
}

TEST(QualityGateTest, PhotographsOfTestsAndOfTheQuickStartPass) {
  for (const auto& [side, short_side] :
       {std::pair{64, 40}, {64, 64}, {128, 72}, {128, 128}, {256, 256}, {600, 512}}) {
    for (uint64_t patient = 0; patient < 6; ++patient) {
      const Phantom phantom{patient, static_cast<int>(patient % 5), false, side, side};
      EXPECT_THAT(Assess(PaintPhantom(phantom), short_side).reasons, IsEmpty())
          << side << " at " << short_side << ", patient " << patient;
    }
  }
}

TEST(QualityGateTest, AThumbnailForALargeModelHasNoDetail) {
  const Image thumbnail = PaintPhantom({.patient = 3, .width = 64, .height = 64});
  EXPECT_THAT(Assess(thumbnail, 256).reasons, Contains(QualityReason::kBlurred));
}

}  // namespace
}  // namespace fovea
