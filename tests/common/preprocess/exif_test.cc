#include <array>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/preprocess/codec.h"
#include "common/preprocess/decode.h"
#include "gtest/gtest.h"
#include "tests/testing/bad_images.h"

namespace fovea {
namespace {

// A TIFF structure, little-endian, whose directory holds one entry.
std::string Tiff(uint16_t tag, uint16_t type, uint32_t count, uint16_t value) {
  const auto little = [](uint32_t number, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text.push_back(static_cast<char>(number >> (8 * i)));
    return text;
  };
  return absl::StrCat("II", little(42, 2), little(8, 4), little(1, 2), little(tag, 2),
                      little(type, 2), little(count, 4), little(value, 4), little(0, 4));
}

std::string Segment(const std::string& payload) {
  const size_t length = payload.size() + 2;
  return absl::StrCat("\xFF\xE1", std::string(1, static_cast<char>(length >> 8)),
                      std::string(1, static_cast<char>(length)), payload);
}

// A JPEG with that TIFF structure, up to its pixels.
std::string JpegStart(const std::string& tiff) {
  return absl::StrCat("\xFF\xD8", Segment(std::string("Exif\0\0", 6) + tiff));
}

TEST(ExifTest, ReadsTheOrientation) {
  for (uint16_t value = 1; value <= 8; ++value) {
    EXPECT_EQ(JpegOrientation(JpegStart(Tiff(0x112, 3, 1, value))), value);
  }
}

TEST(ExifTest, BrokenExifIsIgnored) {
  EXPECT_EQ(JpegOrientation(JpegStart(Tiff(0x112, 3, 1, 0))), 1);    // Out of range.
  EXPECT_EQ(JpegOrientation(JpegStart(Tiff(0x112, 3, 1, 9))), 1);
  EXPECT_EQ(JpegOrientation(JpegStart(Tiff(0x112, 4, 1, 6))), 1);    // Not a short.
  EXPECT_EQ(JpegOrientation(JpegStart(Tiff(0x112, 3, 2, 6))), 1);    // Two values.
  EXPECT_EQ(JpegOrientation(JpegStart(Tiff(0x113, 3, 1, 6))), 1);    // Another tag.
  std::string wrong_order = Tiff(0x112, 3, 1, 6);
  wrong_order[0] = 'X';
  EXPECT_EQ(JpegOrientation(JpegStart(wrong_order)), 1);
  std::string far_directory = Tiff(0x112, 3, 1, 6);
  far_directory[4] = far_directory[5] = far_directory[6] = far_directory[7] = '\xFF';
  EXPECT_EQ(JpegOrientation(JpegStart(far_directory)), 1);
  std::string many_entries = Tiff(0x113, 3, 1, 6);
  many_entries[8] = many_entries[9] = '\xFF';
  EXPECT_EQ(JpegOrientation(JpegStart(many_entries)), 1);
  const std::string good = Tiff(0x112, 3, 1, 6);
  for (size_t size = 0; size < 18; ++size) {
    EXPECT_EQ(JpegOrientation(JpegStart(good.substr(0, size))), 1) << size;
  }
}

TEST(ExifTest, PngHasAChunkForIt) {
  EXPECT_EQ(PngOrientation(ReadBadImage("png_exif_orientation_6.png")), 6);
  EXPECT_EQ(PngOrientation(ReadBadImage("png_rgb8.png")), 1);
  EXPECT_EQ(PngOrientation(ReadBadImage("png_chunk_length_4g.png")), 1);
  EXPECT_EQ(PngOrientation(ReadBadImage("png_signature_only.png")), 1);
}

// Of the picture
//   1 2 3
//   4 5 6
// as it must look upright.
TEST(ExifTest, TurnsAllEightWays) {
  const std::string expected[] = {"123456", "321654", "654321", "456123",
                                  "142536", "415263", "635241", "362514"};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    Image image{3, 2, {}};
    for (const char c : std::string("123456")) image.rgb.insert(image.rgb.end(), 3, c);
    const Image turned = TurnUpright(image, orientation);
    EXPECT_EQ(turned.width, orientation >= 5 ? 2 : 3);
    EXPECT_EQ(turned.height, orientation >= 5 ? 3 : 2);
    std::string pixels;
    for (size_t i = 0; i < turned.rgb.size(); i += 3) pixels.push_back(turned.rgb[i]);
    EXPECT_EQ(pixels, expected[orientation - 1]) << orientation;
  }
}

TEST(ExifTest, TurnsOnlyWhenAsked) {
  const std::string bytes = ReadBadImage("jpeg_exif_orientation_6.jpg");
  const Image stored = *DecodeImage(bytes, DecodeLimits());
  EXPECT_EQ(stored.width, 288);
  EXPECT_EQ(stored.height, 216);
  const Image upright = *DecodeImage(bytes, DecodeLimits(), {.apply_exif_orientation = true});
  EXPECT_EQ(upright.width, 216);
  EXPECT_EQ(upright.height, 288);
  EXPECT_EQ(upright.rgb, TurnUpright(stored, 6).rgb);
}

TEST(ExifTest, TurnsScaledPicturesToo) {
  const std::string bytes = ReadBadImage("jpeg_exif_orientation_6.jpg");
  DecodeOptions options = {.min_short_side = 54};
  const Image stored = *DecodeImage(bytes, DecodeLimits(), options);
  EXPECT_EQ(stored.width, 72);
  options.apply_exif_orientation = true;
  const DecodedImage upright = *DecodePhotograph(bytes, DecodeLimits(), options);
  EXPECT_EQ(upright.image.width, 54);
  EXPECT_EQ(upright.image.height, 72);
  EXPECT_EQ(upright.Whole(), (Window{0, 0, 216, 288}));
  EXPECT_EQ(upright.image.rgb, TurnUpright(stored, 6).rgb);
}

// Of 3 x 2 pixels at half size the last column is half empty; a turn takes it along.
TEST(ExifTest, APartlyFilledColumnIsTurnedToo) {
  DecodedImage decoded(Image{2, 1, {1, 1, 1, 2, 2, 2}});
  decoded.divisor = 2;
  decoded.width = 3;
  decoded.height = 2;
  const std::pair<double, double> expected[] = {{0, 0}, {0.5, 0}, {0.5, 0}, {0, 0},
                                                {0, 0}, {0, 0},   {0, 0.5}, {0, 0.5}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const DecodedImage turned = TurnUpright(decoded, orientation);
    EXPECT_EQ(turned.width, orientation >= 5 ? 2 : 3);
    EXPECT_EQ(turned.left, expected[orientation - 1].first) << orientation;
    EXPECT_EQ(turned.top, expected[orientation - 1].second) << orientation;
    // The pixel beside the empty part is the one that was last.
    const bool at_front = turned.left > 0 || turned.top > 0;
    EXPECT_EQ(turned.image.rgb[0], at_front ? 2 : 1) << orientation;
  }
}

}  // namespace
}  // namespace fovea
