#include "server/model/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_replace.h"

namespace fovea {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

Manifest Example() {
  Manifest m;
  m.architecture = Architecture::kResNet50;
  m.num_classes = 2;
  m.class_names = {"healthy \"eye\"", "DR ä"};
  m.preprocess.resize_short_side = 300;
  m.preprocess.mean = {0.1f, 0.485f, 1.0f / 3};
  m.preprocess_fingerprint = PreprocessFingerprint(m.preprocess);
  m.weights_sha256 = std::string(64, 'a');
  m.weights_bytes = 12345678901;
  m.provenance = {"trained", "jobs/j-1", "datasets/d", "f00", "{\"epochs\":20}",
                  std::numeric_limits<uint64_t>::max(), "models/imagenet", "0.1.0"};
  m.metrics = ModelMetrics{3, 0.75, 0.5, std::nan(""), 0.7, {1, 2, 3, 4}};
  m.create_time = absl::FromUnixNanos(1'700'000'000'123'456'789);
  return m;
}

absl::Status ParseStatus(const Json& json) { return ManifestFromJson(json.dump()).status(); }

TEST(ManifestTest, ReadsBackWhatItWrote) {
  const Manifest m = Example();
  const absl::StatusOr<Manifest> back = ManifestFromJson(ManifestToJson(m));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->architecture, m.architecture);
  EXPECT_EQ(back->num_classes, 2);
  EXPECT_EQ(back->class_names, m.class_names);
  EXPECT_EQ(back->preprocess, m.preprocess);
  EXPECT_EQ(back->weights_sha256, m.weights_sha256);
  EXPECT_EQ(back->weights_bytes, m.weights_bytes);
  EXPECT_EQ(back->provenance.seed, m.provenance.seed);
  EXPECT_EQ(back->provenance.training_spec, m.provenance.training_spec);
  EXPECT_EQ(back->create_time, m.create_time);
  ASSERT_TRUE(back->metrics.has_value());
  EXPECT_TRUE(std::isnan(back->metrics->test_kappa));
  EXPECT_EQ(back->metrics->test_confusion, m.metrics->test_confusion);
  EXPECT_EQ(ManifestToJson(*back), ManifestToJson(m));
  EXPECT_THAT(ManifestToJson(m), HasSubstr("0.485,"));
}

TEST(ManifestTest, CalibrationViewsAndSharedPatients) {
  Manifest m = Example();
  m.calibration = Calibration{.rule = {.temperature = 2, .cut_points = {0.25}}, .images = 9};
  m.test_time_views = 4;
  m.parts_share_patients = true;
  const absl::StatusOr<Manifest> back = ManifestFromJson(ManifestToJson(m));
  ASSERT_TRUE(back.ok()) << back.status();
  ASSERT_TRUE(back->calibration.has_value());
  EXPECT_EQ(back->calibration->rule.temperature, 2);
  EXPECT_EQ(back->calibration->images, 9);
  EXPECT_EQ(back->test_time_views, 4);
  EXPECT_TRUE(back->parts_share_patients);
}

TEST(ManifestTest, PartsOfPreprocessingMayBeMissing) {
  Manifest m = Example();
  m.preprocess.crop_to_fundus = m.preprocess.subtract_local_average = true;
  m.preprocess.scaled_decode = true;
  m.preprocess_fingerprint = PreprocessFingerprint(m.preprocess);
  EXPECT_EQ(ManifestFromJson(ManifestToJson(m))->preprocess, m.preprocess);
  Json json = Json::parse(ManifestToJson(Example()));
  for (const char* field : {"crop_to_fundus", "subtract_local_average", "scaled_decode"}) {
    ASSERT_EQ(json["preprocess"].erase(field), 1u);
  }
  const absl::StatusOr<Manifest> back = ManifestFromJson(json.dump());
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->preprocess, Example().preprocess);
}

TEST(ManifestTest, OfBeforeThereWasCalibration) {
  Json json = Json::parse(ManifestToJson(Example()));
  for (const char* field :
       {"calibration", "inference", "test_time_views", "parts_share_patients"}) {
    ASSERT_EQ(json.erase(field), 1u);
  }
  const absl::StatusOr<Manifest> back = ManifestFromJson(json.dump());
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_FALSE(back->calibration.has_value());
  EXPECT_EQ(back->test_time_views, 1);
  json["test_time_views"] = 3;
  EXPECT_THAT(ParseStatus(json).message(), HasSubstr("must be 1, 2 or 4"));
}

TEST(ManifestTest, WithoutMetricsAndNames) {
  Manifest m = Example();
  m.metrics.reset();
  m.class_names.clear();
  const absl::StatusOr<Manifest> back = ManifestFromJson(ManifestToJson(m));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_FALSE(back->metrics.has_value());
  EXPECT_TRUE(back->class_names.empty());
}

TEST(ManifestTest, RefusesTextThatIsNotOneObject) {
  const std::string good = ManifestToJson(Example());
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("null"), good + "x", good.substr(0, 300),
        good + std::string(1, '\0') + "x",
        std::string("{\"format\": 1, \"x\": \"\xff\"}")}) {
    EXPECT_EQ(ManifestFromJson(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  const std::string twice = absl::StrReplaceAll(good, {{"\"job\": ", "\"job\": \"\", \"job\": "}});
  EXPECT_THAT(ManifestFromJson(twice).status().message(), HasSubstr("\"job\" twice"));
}

TEST(ManifestTest, RefusesMissingUnknownAndWrongFields) {
  const std::set<std::string> kOptional = {"calibration", "inference", "test_time_views",
                                           "parts_share_patients"};
  const Json good = Json::parse(ManifestToJson(Example()));
  for (const auto& [field, value] : good.items()) {
    Json missing = good;
    missing.erase(field);
    EXPECT_EQ(ParseStatus(missing).ok(), kOptional.contains(field)) << field;
    Json wrong = good;
    wrong[field] = "?";
    EXPECT_EQ(ParseStatus(wrong).code(), absl::StatusCode::kInvalidArgument) << field;
  }
  const struct {
    const char* pointer;
    Json value;
    const char* message;
  } kCases[] = {
      {"/surplus", 1, "manifest.surplus: is not a known field"},
      {"/provenance/surplus", 1, "manifest.provenance.surplus: is not a known field"},
      {"/format", 2, "manifest.format"},
      {"/architecture", "resnet34", "allowed are resnet18, resnet50"},
      {"/num_classes", 1, "manifest.num_classes"},
      {"/num_classes", 2.0, "manifest.num_classes"},
      {"/num_classes", 3, "manifest.class_names: has 2 names for 3 classes"},
      {"/num_classes", uint64_t{1} << 63, "manifest.num_classes"},
      {"/class_names", {"a", "a"}, "must differ"},
      {"/class_names", {"a", ""}, "1 to 200 bytes"},
      {"/class_names", {"a", 1}, "array of strings"},
      {"/weights_sha256", "abc", "SHA-256"},
      {"/weights_bytes", -1, "manifest.weights_bytes"},
      {"/create_time", "yesterday", "RFC 3339"},
      {"/preprocess/mean", {1, 2}, "three numbers"},
      {"/preprocess/crop_size", 0, "crop_size"},
      {"/preprocess/crop_size", 223, "preprocess_fingerprint"},
      {"/preprocess_fingerprint", std::string(64, '0'), "preprocess_fingerprint"},
      {"/provenance/kind", "bought", "\"trained\" or \"imported\""},
      {"/provenance/seed", -1, "manifest.provenance.seed"},
      {"/metrics/epoch", -1, "manifest.metrics.epoch"},
      {"/metrics/test_loss", "low", "manifest.metrics.test_loss"},
      {"/metrics/test_confusion", {1, 2, 3}, "4 counts"},
      {"/metrics/test_confusion", {1, 2, 3, -4}, "test_confusion"},
  };
  for (const auto& test : kCases) {
    Json json = good;
    json[Json::json_pointer(test.pointer)] = test.value;
    EXPECT_THAT(ParseStatus(json).message(), HasSubstr(test.message)) << test.pointer;
  }
}

}  // namespace
}  // namespace fovea
