#include "server/serving/quality_gate.h"

#include <gmock/gmock.h>

#include "common/preprocess/preprocess.h"
#include "tests/testing/phantom.h"

namespace fovea {
namespace {

using testing::Contains;
using testing::IsEmpty;

Manifest WithClasses(int classes) {
  Manifest manifest;
  manifest.num_classes = classes;
  return manifest;
}

// What the gate measures for a model whose resize has that short side.
QualityReport Assess(const Image& photograph, int short_side) {
  PreprocessSpec spec;
  spec.resize_short_side = short_side;
  spec.crop_size = short_side;
  return QualityGate({}).Assess(photograph, PrepareImage(photograph, spec).value(), spec).value();
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
  const QualityMeasures want = MeasureQuality(PrepareImage(photograph, spec).value());
  const QualityReport got = Assess(photograph, spec.resize_short_side);
  EXPECT_EQ(got.measures.fundus_score, want.fundus_score);
  EXPECT_EQ(got.measures.sharpness, want.sharpness);
  EXPECT_EQ(got.measures.short_side, 512);
}

TEST(QualityGateTest, WhatIsDoneForTheNetworkDoesNotChangeWhatIsMeasured) {
  const Image photograph = PaintPhantom({.patient = 3, .width = 512, .height = 512});
  PreprocessSpec spec;
  spec.crop_to_fundus = spec.subtract_local_average = true;
  const QualityReport got =
      QualityGate({}).Assess(photograph, PrepareImage(photograph, spec).value(), spec).value();
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
