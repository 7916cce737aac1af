#include "common/preprocess/spec.h"

#include <cmath>
#include <limits>

#include "common/base/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace fovea {
namespace {

using testing::HasSubstr;

std::string ErrorOf(const PreprocessSpec& spec) {
  const absl::Status status = ValidatePreprocessSpec(spec);
  if (status.ok()) return "";
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(SpecTest, DefaultsAreValid) { EXPECT_EQ(ErrorOf(PreprocessSpec()), ""); }

TEST(SpecTest, SidesHaveRanges) {
  PreprocessSpec spec;
  for (const int side : {-1, 0, 31, 1025}) {
    spec = PreprocessSpec();
    spec.resize_short_side = side;
    EXPECT_THAT(ErrorOf(spec), HasSubstr("preprocess.resize_short_side: is ")) << side;
  }
  for (const int side : {-1, 0, 31, 257}) {
    spec = PreprocessSpec();
    spec.crop_size = side;
    EXPECT_THAT(ErrorOf(spec), HasSubstr("preprocess.crop_size: is ")) << side;
  }
  spec.resize_short_side = spec.crop_size = 32;
  EXPECT_EQ(ErrorOf(spec), "");
  spec.resize_short_side = spec.crop_size = 1024;
  EXPECT_EQ(ErrorOf(spec), "");
}

TEST(SpecTest, MeansAndDeviationsHaveRanges) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float bad : {-0.01f, 1.01f, infinity, std::nanf("")}) {
    PreprocessSpec spec;
    spec.mean[1] = bad;
    EXPECT_THAT(ErrorOf(spec), HasSubstr("preprocess.mean: has ")) << bad;
  }
  for (const float bad : {0.0f, -1.0f, 1e-45f, infinity, std::nanf("")}) {
    PreprocessSpec spec;
    spec.std[2] = bad;
    EXPECT_THAT(ErrorOf(spec), HasSubstr("preprocess.std: has ")) << bad;
  }
}

TEST(SpecTest, CanonicalLineIsFixed) {
  EXPECT_EQ(CanonicalPreprocessSpec(PreprocessSpec()),
            R"({"algorithm_version":1,"resize_short_side":256,"crop_size":224,)"
            R"("mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225],)"
            R"("apply_exif_orientation":false})");
  PreprocessSpec spec;
  spec.crop_to_fundus = spec.subtract_local_average = true;
  EXPECT_THAT(CanonicalPreprocessSpec(spec),
              testing::EndsWith(R"("apply_exif_orientation":false,"crop_to_fundus":true,)"
                                R"("subtract_local_average":true})"));
  spec.scaled_decode = true;
  EXPECT_THAT(CanonicalPreprocessSpec(spec),
              testing::EndsWith(R"("subtract_local_average":true,"scaled_decode":true})"));
}

// Versions and caches of before an option was there keep their fingerprint; these were written down
// then.
TEST(SpecTest, OldFingerprintsStay) {
  PreprocessSpec spec;
  EXPECT_EQ(PreprocessFingerprint(spec),
            "c965c77bd005d121acc64e8e25f0d08c9079fd50767109516910c36a93c74cef");
  spec.crop_to_fundus = spec.subtract_local_average = true;
  EXPECT_EQ(PreprocessFingerprint(spec),
            "b816ee74189dd405bfb9399af1866335ad95a8434fd1be5098745b3d02d31b3e");
}

TEST(SpecTest, NegativeZeroIsZero) {
  PreprocessSpec zero;
  zero.mean = {0.0f, 0.0f, 0.0f};
  PreprocessSpec negative = zero;
  negative.mean[0] = -0.0f;
  ASSERT_TRUE(zero == negative);
  EXPECT_EQ(PreprocessFingerprint(zero), PreprocessFingerprint(negative));
}

TEST(SpecTest, EveryFieldChangesTheFingerprint) {
  const std::string base = PreprocessFingerprint(PreprocessSpec());
  EXPECT_TRUE(IsSha256Hex(base));
  EXPECT_EQ(base, PreprocessFingerprint(PreprocessSpec()));
  PreprocessSpec changed[8];
  changed[0].resize_short_side = 255;
  changed[1].crop_size = 223;
  changed[2].mean[2] = std::nextafterf(changed[2].mean[2], 1.0f);
  changed[3].std[0] = std::nextafterf(changed[3].std[0], 1.0f);
  changed[4].apply_exif_orientation = true;
  changed[5].crop_to_fundus = true;
  changed[6].subtract_local_average = true;
  changed[7].scaled_decode = true;
  for (const PreprocessSpec& spec : changed) {
    EXPECT_NE(PreprocessFingerprint(spec), base) << CanonicalPreprocessSpec(spec);
  }
}

}  // namespace
}  // namespace fovea
