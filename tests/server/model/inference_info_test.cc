#include "server/model/inference_info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace fovea {
namespace {

using testing::HasSubstr;

constexpr PrecisionSupport kNone = {};
constexpr PrecisionSupport kBoth = {.bfloat16 = true, .int8 = true};

// A version with scales for 8-bit integers that lost so much kappa on its validation part.
InferenceInfo Lost(double kappa) {
  InferenceInfo info;
  info.quantisers = ActivationQuantisers{{0.02, 114}, {{0.5, 0}, {0.25, 128}}};
  info.calibration_images = 256;
  info.calibration_fingerprint = std::string(64, 'c');
  info.measured = {{.precision = Precision::kBfloat16, .test = {.images = 3}},
                   {.precision = Precision::kInt8,
                    .validation = PrecisionFigures{.images = 9, .kappa_change = -kappa},
                    .test = {.images = 3, .max_logit_change = 0.25, .kappa_change = std::nan("")}}};
  return info;
}

// As Torch names what they can, by generations.
const std::set<std::string> kHaswell = {"avx", "avx2", "fma3", "f16c"};
const std::set<std::string> kSkylakeServer = {"avx2",      "avx512_f",  "avx512_cd",
                                              "avx512_bw", "avx512_dq", "avx512_vl"};

std::set<std::string> With(std::set<std::string> capabilities,
                           const std::set<std::string>& more) {
  capabilities.insert(more.begin(), more.end());
  return capabilities;
}

TEST(SupportOfProcessorTest, Avx512AloneOnlyStoresBfloat16) {
  for (const std::set<std::string>& capabilities : {{}, kHaswell, kSkylakeServer}) {
    const PrecisionSupport support = SupportOfProcessor(capabilities);
    EXPECT_FALSE(support.bfloat16);
    EXPECT_FALSE(support.int8);
    EXPECT_TRUE(support.cpu);
    EXPECT_EQ(ResolvePrecision(PrecisionChoice::kAuto, Lost(0), support), Precision::kFloat32);
  }
  // Ice Lake: 8-bit integers, no bfloat16.
  const PrecisionSupport ice_lake = SupportOfProcessor(With(kSkylakeServer, {"avx512_vnni"}));
  EXPECT_FALSE(ice_lake.bfloat16);
  EXPECT_TRUE(ice_lake.int8);
  EXPECT_EQ(ResolvePrecision(PrecisionChoice::kAuto, {}, ice_lake), Precision::kFloat32);
}

TEST(SupportOfProcessorTest, InstructionsForBfloat16AreEnough) {
  for (const char* name : {"avx512_bf16", "amx_bf16"}) {
    const PrecisionSupport support = SupportOfProcessor(With(kSkylakeServer, {name}));
    EXPECT_TRUE(support.bfloat16) << name;
    EXPECT_FALSE(support.int8) << name;
  }
  const PrecisionSupport both = SupportOfProcessor({"avx512_vnni", "avx512_bf16", "amx_bf16"});
  EXPECT_TRUE(both.bfloat16 && both.int8);
  // AMX for integers alone, and the narrow form of VNNI.
  EXPECT_FALSE(SupportOfProcessor({"amx_tile", "amx_int8", "avx_vnni"}).bfloat16);
}

TEST(ResolvePrecisionTest, AutoTakesInt8OnlyWhereKappaIsKept) {
  EXPECT_EQ(ResolvePrecision(PrecisionChoice::kAuto, Lost(0.005), kBoth), Precision::kInt8);
  EXPECT_EQ(ResolvePrecision(PrecisionChoice::kAuto, Lost(-0.1), kBoth), Precision::kInt8);
  EXPECT_EQ(ResolvePrecision(PrecisionChoice::kAuto, Lost(0.0051), kBoth), Precision::kBfloat16);
  EXPECT_EQ(ResolvePrecision(PrecisionChoice::kAuto, Lost(std::nan("")), kBoth),
            Precision::kBfloat16);
  InferenceInfo unvalidated = Lost(0);
  unvalidated.measured[1].validation.reset();
  EXPECT_EQ(ResolvePrecision(PrecisionChoice::kAuto, unvalidated, kBoth), Precision::kBfloat16);
}

TEST(ResolvePrecisionTest, AutoTakesWhatTheDeviceIsMadeFor) {
  EXPECT_EQ(ResolvePrecision(PrecisionChoice::kAuto, Lost(0), kNone), Precision::kFloat32);
  EXPECT_EQ(ResolvePrecision(PrecisionChoice::kAuto, Lost(0), {.bfloat16 = true}),
            Precision::kBfloat16);
  EXPECT_EQ(ResolvePrecision(PrecisionChoice::kAuto, {}, kBoth), Precision::kBfloat16);
}

TEST(ResolvePrecisionTest, WhatIsAskedForIsTaken) {
  EXPECT_EQ(ResolvePrecision(PrecisionChoice::kFloat32, Lost(0), kBoth), Precision::kFloat32);
  EXPECT_EQ(ResolvePrecision(PrecisionChoice::kBfloat16, Lost(0), kNone), Precision::kBfloat16);
  EXPECT_EQ(ResolvePrecision(PrecisionChoice::kInt8, Lost(1), kNone), Precision::kInt8);
}

TEST(ResolvePrecisionTest, Int8ThatCannotBeIsAuto) {
  EXPECT_EQ(ResolvePrecision(PrecisionChoice::kInt8, {}, kBoth), Precision::kBfloat16);
  EXPECT_EQ(ResolvePrecision(PrecisionChoice::kInt8, Lost(0), {.bfloat16 = true, .cpu = false}),
            Precision::kBfloat16);
}

TEST(InferenceInfoTest, ReadsBackWhatItWrote) {
  const InferenceInfo info = Lost(0.25);
  const std::string json = InferenceToJson(info).dump();
  const absl::StatusOr<InferenceInfo> back = InferenceFromJson(nlohmann::json::parse(json));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(InferenceToJson(*back).dump(), json);
  EXPECT_EQ(back->quantisers->results[1].zero_point, 128);
  EXPECT_EQ(back->measured[1].validation->kappa_change, -0.25);
  EXPECT_TRUE(std::isnan(back->measured[1].test.kappa_change));
  EXPECT_FALSE(back->measured[0].validation.has_value());
}

TEST(InferenceInfoTest, RefusesWhatItDidNotWrite) {
  const auto message = [](const char* patch) {
    nlohmann::json json = nlohmann::json::parse(InferenceToJson(Lost(0)).dump());
    json.merge_patch(nlohmann::json::parse(patch));
    return std::string(InferenceFromJson(json).status().message());
  };
  EXPECT_EQ(message("{}"), "");
  EXPECT_THAT(message(R"({"choice": "fp8"})"), HasSubstr("allowed are auto, fp32, bf16 and int8"));
  EXPECT_THAT(message(R"({"calibration_images": -1})"), HasSubstr("calibration_images"));
  EXPECT_THAT(message(R"({"quantisers": {"input": [0, 1]}})"), HasSubstr("quantisers.input"));
  EXPECT_THAT(message(R"({"quantisers": {"input": [1, 256]}})"), HasSubstr("quantisers.input"));
  EXPECT_THAT(message(R"({"quantisers": {"results": [[1]]}})"), HasSubstr("quantisers.results"));
  EXPECT_THAT(message(R"({"measured": [{"precision": "int8"}]})"), HasSubstr("measured"));
  EXPECT_THAT(message(R"({"extra": 1})"), HasSubstr("extra"));
}

TEST(PrecisionTest, NamesComeBack) {
  for (const char* name : {"fp32", "bf16", "int8"}) {
    EXPECT_EQ(PrecisionName(ParsePrecision(name).value()), name);
    EXPECT_EQ(PrecisionChoiceName(ParsePrecisionChoice(name).value()), name);
  }
  EXPECT_EQ(ParsePrecisionChoice("auto").value(), PrecisionChoice::kAuto);
  EXPECT_FALSE(ParsePrecision("auto").ok());
  EXPECT_FALSE(ParsePrecisionChoice("").ok());
}

}  // namespace
}  // namespace fovea
