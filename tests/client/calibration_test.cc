#include "client/evaluation/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "client/evaluation/render.h"

namespace fovea::client {
namespace {

using testing::HasSubstr;
using testing::Not;

v1::CalibrationFigures Figures(double log_loss, int64_t images_in_last_bin) {
  v1::CalibrationFigures figures;
  figures.set_log_loss(log_loss);
  figures.set_brier_score(0.5);
  figures.set_expected_calibration_error(0.0625);
  for (int i = 0; i < 15; ++i) {
    v1::ReliabilityBin* const bin = figures.add_reliability();
    bin->set_confidence(std::nan(""));
    bin->set_accuracy(std::nan(""));
  }
  v1::ReliabilityBin* const last = figures.mutable_reliability(14);
  last->set_images(images_in_last_bin);
  last->set_confidence(0.975);
  last->set_accuracy(0.75);
  return figures;
}

v1::ModelVersion Calibrated() {
  v1::ModelVersion version;
  version.set_num_classes(5);
  version.set_test_time_views(2);
  v1::Calibration* const calibration = version.mutable_calibration();
  calibration->set_temperature(1.7321);
  calibration->set_referable_threshold(0.31);
  calibration->set_vision_threatening_threshold(0.12);
  for (const double cut : {0.5, 1.25, 2.5, 3.0}) calibration->add_cut_points(cut);
  calibration->set_images(240);
  calibration->set_patients(1);
  *calibration->mutable_validation_before() = Figures(1.25, 7);
  *calibration->mutable_validation_after() = Figures(1.125, 8);
  *calibration->mutable_test_before() = Figures(1.5, 12);
  *calibration->mutable_test_after() = Figures(1.375, 9);
  return version;
}

std::map<std::string, std::string> Fields(const v1::ModelVersion& version) {
  const auto fields = CalibrationFields(version);
  return {fields.begin(), fields.end()};
}

TEST(CalibrationTextTest, FieldsSayHowAnswersAreMade) {
  const auto fields = Fields(Calibrated());
  EXPECT_EQ(fields.at("calibration"), "temperature 1.732, fitted on 240 photographs of 1 patient");
  EXPECT_EQ(fields.at("thresholds"), "referable from 0.310, vision-threatening from 0.120");
  EXPECT_EQ(fields.at("cut points"), "0.500, 1.250, 2.500, 3.000");
  EXPECT_EQ(fields.at("views"), "2: as it is and mirrored left to right");
}

TEST(CalibrationTextTest, OtherClassesHaveNoThresholds) {
  v1::ModelVersion version = Calibrated();
  version.set_num_classes(3);
  EXPECT_EQ(Fields(version).at("thresholds"), "");
}

TEST(CalibrationTextTest, WithoutCalibrationItSaysSo) {
  v1::ModelVersion version;
  version.set_test_time_views(1);
  EXPECT_THAT(Fields(version).at("calibration"), HasSubstr("none"));
  EXPECT_EQ(Fields(version).at("views"), "");
  EXPECT_EQ(RenderCalibration(version, Style()), "");
}

TEST(CalibrationTextTest, ShowsBeforeAndAfterAndHowOftenItIsRight) {
  const std::string text = RenderCalibration(Calibrated(), Style());
  EXPECT_THAT(text, testing::ContainsRegex("log loss +1\\.2500 +1\\.1250 +1\\.5000 +1\\.3750"));
  EXPECT_THAT(text, HasSubstr("expected calibration error"));
  EXPECT_THAT(text, HasSubstr("CONFIDENCE, TEST PART"));
  EXPECT_THAT(text, testing::ContainsRegex(
                        "0\\.93 to 1\\.00 +12 +0\\.975 +0\\.750 +9 +0\\.975 +0\\.750"));
  EXPECT_THAT(text, Not(HasSubstr("0.00 to 0.07")));  // Without photographs.
}

TEST(CalibrationTextTest, ListsMarkFiguresOfPartsThatSharePatients) {
  v1::ListEvaluationsResponse response;
  v1::Metric* const accuracy = response.add_evaluations()->mutable_report()->add_metrics();
  accuracy->set_name("accuracy");
  accuracy->set_value(0.75);
  EXPECT_THAT(RenderEvaluations(response, Style()), Not(HasSubstr("*")));
  response.mutable_evaluations(0)->set_parts_share_patients(true);
  const std::string text = RenderEvaluations(response, Style());
  EXPECT_THAT(text, HasSubstr("0.7500*"));
  EXPECT_THAT(text, HasSubstr("* some patients are in both parts"));
  v1::EvaluationComparison comparison;
  EXPECT_THAT(RenderComparison(comparison, Style()), Not(HasSubstr("warning")));
  comparison.set_parts_share_patients(true);
  EXPECT_THAT(RenderComparison(comparison, Style()), HasSubstr("some patients are in both parts"));
}

}  // namespace
}  // namespace fovea::client
