#include "common/preprocess/decode.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/preprocess/jpeg_markers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/bad_images.h"

namespace fovea {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string ErrorOf(const std::string& bytes, const DecodeLimits& limits) {
  const absl::StatusOr<Image> image = DecodeImage(bytes, limits);
  if (image.ok()) return "";
  EXPECT_EQ(image.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(image.status().message());
}

TEST(DecodeTest, BytesAreLimited) {
  const std::string bytes = ReadBadImage("jpeg_baseline_420.jpg");
  DecodeLimits limits;
  limits.max_bytes = static_cast<int64_t>(bytes.size());
  EXPECT_EQ(ErrorOf(bytes, limits), "");
  --limits.max_bytes;
  EXPECT_EQ(ErrorOf(bytes, limits), absl::StrCat("image: too_large: 8090 bytes; at most 8089 bytes "
                                                 "are allowed"));
}

TEST(DecodeTest, PixelsAreLimited) {
  for (const char* file : {"jpeg_baseline_420.jpg", "jpeg_progressive.jpg", "reference_base.png"}) {
    DecodeLimits limits;
    limits.max_pixels = 288 * 216;
    EXPECT_EQ(ErrorOf(ReadBadImage(file), limits), "") << file;
    --limits.max_pixels;
    EXPECT_EQ(ErrorOf(ReadBadImage(file), limits),
              "image: too_large: 288 x 216 pixels; at most 62207 pixels are allowed")
        << file;
  }
}

TEST(DecodeTest, ScansAreLimited) {
  const std::string bytes = ReadBadImage("jpeg_progressive.jpg");
  DecodeLimits limits;
  limits.max_scans = CountJpegScans(bytes, 1000);
  EXPECT_EQ(limits.max_scans, 10);
  EXPECT_EQ(ErrorOf(bytes, limits), "");
  --limits.max_scans;
  EXPECT_EQ(ErrorOf(bytes, limits), "image: too_large: a JPEG may have at most 9 scans");
}

// A hundred scans of a hundred megapixels would take minutes.
TEST(DecodeTest, LargerPicturesMayHaveFewerScans) {
  const std::string bytes = ReadBadImage("jpeg_100_scans.jpg");
  DecodeLimits limits;
  EXPECT_EQ(ErrorOf(bytes, limits), "");
  limits.max_pixels = 288 * 216;
  EXPECT_EQ(ErrorOf(bytes, limits),
            "image: too_large: 100 scans are too many for 288 x 216 pixels");
}

TEST(DecodeTest, CountsScansWithoutDecoding) {
  EXPECT_EQ(CountJpegScans(ReadBadImage("jpeg_baseline_420.jpg"), 1000), 1);
  EXPECT_EQ(CountJpegScans(ReadBadImage("jpeg_fill_bytes.jpg"), 1000), 1);
  EXPECT_EQ(CountJpegScans(ReadBadImage("jpeg_restart_markers.jpg"), 1000), 1);
  EXPECT_EQ(CountJpegScans(ReadBadImage("jpeg_883_legal_scans.jpg"), 5000), 883);
  EXPECT_EQ(CountJpegScans(ReadBadImage("jpeg_2647_legal_scans.jpg"), 5000), 2647);
  EXPECT_EQ(CountJpegScans(ReadBadImage("jpeg_20000_repeated_scans.jpg"), 100), 101);
  EXPECT_EQ(CountJpegScans("\xFF\xD8", 100), 0);
  EXPECT_EQ(CountJpegScans("\xFF\xD8\xFF", 100), 0);
}

TEST(DecodeTest, SaysWhatIsAllowed) {
  EXPECT_THAT(ErrorOf("", DecodeLimits()), StartsWith("image: empty: "));
  EXPECT_THAT(ErrorOf("hello", DecodeLimits()),
              AllOf(StartsWith("image: unsupported_format: "), HasSubstr("JPEG or PNG")));
  EXPECT_THAT(ErrorOf(ReadBadImage("jpeg_cmyk_adobe.jpg"), DecodeLimits()),
              AllOf(StartsWith("image: unsupported_format: "), HasSubstr("grey or colour")));
  EXPECT_THAT(ErrorOf(ReadBadImage("jpeg_baseline_cut_50pct.jpg"), DecodeLimits()),
              AllOf(StartsWith("image: truncated: "), HasSubstr("complete file")));
}

// A prefix of a file is never a picture, whichever byte is the last.
TEST(DecodeTest, EveryPrefixIsRefused) {
  for (const char* file : {"jpeg_baseline_420.jpg", "jpeg_progressive.jpg", "png_rgb8.png",
                           "png_palette4_interlaced.png"}) {
    const std::string bytes = ReadBadImage(file);
    for (size_t size = 0; size < bytes.size(); size += size < 700 ? 1 : 13) {
      ASSERT_FALSE(DecodeImage(bytes.substr(0, size), DecodeLimits()).ok()) << file << " " << size;
    }
  }
}

// The last scans of a progressive file sharpen the picture; without them it is another one.
TEST(DecodeTest, ProgressiveFileNeedsItsLastScans) {
  EXPECT_THAT(ErrorOf(ReadBadImage("jpeg_progressive_first_scans_only.jpg"), DecodeLimits()),
              StartsWith("image: truncated: "));
}

// A PNG's large texts are skipped, not refused.
TEST(DecodeTest, SkipsWhatPixelsDoNotNeed) {
  EXPECT_EQ(ErrorOf(ReadBadImage("png_ztxt_bomb.png"), DecodeLimits()), "");
  EXPECT_EQ(ErrorOf(ReadBadImage("png_iccp_bomb.png"), DecodeLimits()), "");
}

}  // namespace
}  // namespace fovea
