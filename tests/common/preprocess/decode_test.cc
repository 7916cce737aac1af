#include "common/preprocess/decode.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/preprocess/jpeg_markers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/bad_images.h"
#include "tests/testing/phantom.h"

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

TEST(DecodeTest, DivisorLeavesTheShortSideAsked) {
  const std::pair<int, int> expected[] = {{1, 1},    {511, 1},  {512, 1},  {1022, 1}, {1023, 2},
                                          {1024, 2}, {1025, 2}, {2044, 2}, {2045, 4}, {2048, 4},
                                          {2049, 4}, {4088, 4}, {4089, 8}, {4096, 8}, {65500, 8}};
  for (const auto& [short_side, divisor] : expected) {
    EXPECT_EQ(DecodeDivisor(short_side, 512), divisor) << short_side;
    EXPECT_EQ(DecodeDivisor(short_side, 0), 1) << short_side;
  }
}

TEST(DecodeTest, ScaledSidesAreRoundedUp) {
  for (const auto& [width, height] :
       {std::pair{64, 64}, {65, 63}, {71, 40}, {100, 57}, {33, 129}}) {
    const std::string jpeg = EncodeJpeg(PaintPhantom({.width = width, .height = height}));
    for (const int divisor : {2, 4, 8}) {
      const int shorter = std::min(width, height);
      const absl::StatusOr<DecodedImage> decoded = DecodePhotograph(
          jpeg, {}, {.min_short_side = (shorter + divisor - 1) / divisor});
      ASSERT_TRUE(decoded.ok()) << decoded.status();
      const Image& image = decoded->image;
      EXPECT_EQ(image.width, (width + divisor - 1) / divisor);
      EXPECT_EQ(image.height, (height + divisor - 1) / divisor);
      EXPECT_EQ(image.rgb.size(), static_cast<size_t>(image.width) * image.height * 3);
      EXPECT_EQ(decoded->divisor, divisor);
      EXPECT_EQ(decoded->Whole(), (Window{0, 0, width, height}));
    }
    EXPECT_EQ(DecodeImage(jpeg, {}, {.min_short_side = height + width})->width, width);
  }
}

TEST(DecodeTest, PngIsNotScaled) {
  const std::string bytes = ReadBadImage("png_rgb8.png");
  const DecodedImage scaled = *DecodePhotograph(bytes, {}, {.min_short_side = 1});
  const Image full = *DecodeImage(bytes, {});
  EXPECT_EQ(scaled.image.rgb, full.rgb);
  EXPECT_EQ(scaled.divisor, 1);
  EXPECT_EQ(scaled.Whole(), (Window{0, 0, full.width, full.height}));
}

// What is made of a file is small, but the file is read in full.
TEST(DecodeTest, LimitsAreOfTheFullSizeAtAnyScale) {
  DecodeLimits limits;
  limits.max_pixels = 288 * 216 - 1;
  const absl::StatusOr<Image> image =
      DecodeImage(ReadBadImage("jpeg_baseline_420.jpg"), limits, {.min_short_side = 1});
  EXPECT_EQ(image.status().message(),
            "image: too_large: 288 x 216 pixels; at most 62207 pixels are allowed");
  limits.max_pixels = 288 * 216;
  EXPECT_FALSE(DecodeImage(ReadBadImage("jpeg_100_scans.jpg"), limits, {.min_short_side = 1}).ok());
}

TEST(DecodeTest, EveryPrefixIsRefusedAtAnyScale) {
  for (const char* file : {"jpeg_baseline_420.jpg", "jpeg_progressive.jpg"}) {
    const std::string bytes = ReadBadImage(file);
    for (const int min_short_side : {27, 54, 108}) {
      const DecodeOptions options = {.min_short_side = min_short_side};
      ASSERT_EQ(DecodeImage(bytes, {}, options)->height, min_short_side);
      for (size_t size = 0; size < bytes.size(); size += size < 700 ? 3 : 29) {
        ASSERT_FALSE(DecodeImage(bytes.substr(0, size), {}, options).ok()) << file << " " << size;
      }
    }
  }
}

TEST(DecodeTest, ScaledDecodesAreTheSameEachTime) {
  const std::string bytes = ReadBadImage("jpeg_baseline_420.jpg");
  const std::string damaged = ReadBadImage("jpeg_baseline_cut_50pct.jpg");
  const Image first = *DecodeImage(bytes, {}, {.min_short_side = 54});
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(DecodeImage(damaged, {}, {.min_short_side = 54}).ok());
    EXPECT_EQ(DecodeImage(bytes, {}, {.min_short_side = 54})->rgb, first.rgb);
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
