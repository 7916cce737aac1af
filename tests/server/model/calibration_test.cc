#include "server/model/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace fovea {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

CalibrationFigures Figures(double log_loss) {
  ReliabilityCurve curve;
  curve.Add(0.9, true);
  curve.Add(0.95, false);
  return {.log_loss = log_loss,
          .brier_score = 0.4,
          .expected_calibration_error = curve.ExpectedCalibrationError(),
          .reliability = curve.Bins()};
}

Calibration Example() {
  return {.rule = {.temperature = 1.7,
                   .referable_threshold = 0.31,
                   .vision_threatening_threshold = 0.12,
                   .cut_points = {0.5, 1.25, 2.5, 3}},
          .images = 240,
          .patients = 121,
          .validation_before = Figures(1.1),
          .validation_after = Figures(0.9),
          .test_before = Figures(1.2),
          .test_after = {.log_loss = std::nan("")}};
}

nlohmann::json ExampleJson() { return nlohmann::json::parse(CalibrationToJson(Example()).dump()); }

TEST(CalibrationTest, ComesBackFromJson) {
  const absl::StatusOr<Calibration> read = CalibrationFromJson(ExampleJson(), 5);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->rule.temperature, 1.7);
  EXPECT_EQ(read->rule.referable_threshold, 0.31);
  EXPECT_EQ(read->rule.vision_threatening_threshold, 0.12);
  EXPECT_THAT(read->rule.cut_points, ElementsAre(0.5, 1.25, 2.5, 3));
  EXPECT_EQ(read->images, 240);
  EXPECT_EQ(read->patients, 121);
  EXPECT_EQ(read->validation_after.log_loss, 0.9);
  EXPECT_TRUE(std::isnan(read->test_after.log_loss));
  ASSERT_EQ(read->test_before.reliability.size(), size_t{ReliabilityCurve::kBins});
  const ReliabilityBin& bin = read->test_before.reliability[14];
  EXPECT_EQ(bin.images, 1);
  EXPECT_EQ(bin.mean_confidence, 0.95);
  EXPECT_EQ(bin.accuracy, 0);
  EXPECT_DOUBLE_EQ(bin.low, 14.0 / 15);
  EXPECT_TRUE(std::isnan(read->test_before.reliability[0].accuracy));
}

TEST(CalibrationTest, WrongJsonIsRefusedByField) {
  const auto message = [](const nlohmann::json& json) {
    return std::string(CalibrationFromJson(json, 5).status().message());
  };
  nlohmann::json json = ExampleJson();
  json["temperature"] = nullptr;
  EXPECT_THAT(message(json), HasSubstr("manifest.calibration: temperature"));
  json = ExampleJson();
  json["cut_points"] = {1, 2};
  EXPECT_THAT(message(json), HasSubstr("cut_points: are 2, must be none or 4"));
  json = ExampleJson();
  json.erase("patients");
  EXPECT_THAT(message(json), HasSubstr("patients"));
  json = ExampleJson();
  json["test_before"]["reliability"].erase(0);
  EXPECT_THAT(message(json), HasSubstr("test_before.reliability: must have 15 bins"));
  json = ExampleJson();
  json["test_before"]["reliability"][3] = {1, "x", 0.5};
  EXPECT_THAT(message(json), HasSubstr("a bin is a count and two numbers"));
  json = ExampleJson();
  json["validation_before"] = 3;
  EXPECT_THAT(message(json), HasSubstr("validation_before"));
}

}  // namespace
}  // namespace fovea
