// Every file of tests/data/bad-images decodes right or is refused for the right reason, in bounded
// time and memory, and the next photograph is none the worse for it.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/sha256.h"
#include "common/preprocess/decode.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/bad_images.h"

namespace fovea {

// How a row is printed by a failing test.
void PrintTo(const BadImage& image, std::ostream* out) { *out << image.file; }

namespace {

constexpr absl::Duration kMaxTime = absl::Seconds(2);
constexpr int64_t kMaxExtraMegabytes = 300;
constexpr char kCanary[] = "CANARY";

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kInstrumented = true;  // Freed memory is kept and time is stretched.
#else
constexpr bool kInstrumented = false;
#endif

absl::string_view Pixels(const Image& image) {
  return absl::string_view(reinterpret_cast<const char*>(image.rgb.data()), image.rgb.size());
}

// "truncated" in "image: truncated: ...".
std::string RefusalClass(const absl::Status& status) {
  const std::vector<std::string> parts =
      absl::StrSplit(absl::string_view(status.message()), absl::MaxSplits(": ", 2));
  return parts.size() == 3 && parts[0] == "image" ? parts[1] : "";
}

void CheckPixels(const BadImage& expected, const Image& image) {
  EXPECT_EQ(image.width, expected.width);
  EXPECT_EQ(image.height, expected.height);
  const size_t pixels = static_cast<size_t>(image.width) * image.height;
  ASSERT_EQ(image.rgb.size(), pixels * 3);
  if (!expected.rgb_sha256.empty()) {
    EXPECT_EQ(Sha256Hex(Pixels(image)), expected.rgb_sha256);
  }
  if (expected.tolerance == 0) return;
  for (int channel = 0; channel < 3; ++channel) {
    double sum = 0;
    for (size_t i = 0; i < pixels; ++i) sum += image.rgb[i * 3 + channel];
    EXPECT_NEAR(sum / static_cast<double>(pixels), expected.means[channel], expected.tolerance)
        << "channel " << channel;
  }
}

double MeanLevel(const Image& image) {
  double sum = 0;
  for (const uint8_t value : image.rgb) sum += value;
  return sum / static_cast<double>(image.rgb.size());
}

void CheckRefusal(const BadImage& expected, const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(expected.refusals, testing::Contains(RefusalClass(status))) << status;
  EXPECT_FALSE(absl::StrContains(absl::string_view(status.message()), kCanary)) << status;
  EXPECT_FALSE(absl::StrContains(absl::string_view(status.message()), expected.file)) << status;
}

// The largest resident memory so far, of this process.
int64_t PeakKilobytes() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    int64_t value = 0;
    if (std::sscanf(line.c_str(), "VmHWM: %ld", &value) == 1) return value;
  }
  return -1;
}

// What decoding adds to the memory of a process of its own, in MB; -1 when it did not end well.
int64_t ExtraMegabytes(const std::string& bytes) {
  int ends[2];
  if (pipe(ends) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    std::ofstream("/proc/self/clear_refs") << "5";  // The peak begins anew here.
    const int64_t before = PeakKilobytes();
    const absl::StatusOr<Image> image = DecodeImage(bytes, DecodeLimits());
    const int64_t extra = (PeakKilobytes() - before) / 1024;
    const bool written = write(ends[1], &extra, sizeof(extra)) == sizeof(extra);
    _exit(written ? 0 : 1);
  }
  close(ends[1]);
  int64_t extra = -1;
  if (read(ends[0], &extra, sizeof(extra)) != sizeof(extra)) extra = -1;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? extra : -1;
}

class BadImagesTest : public testing::TestWithParam<BadImage> {};

TEST_P(BadImagesTest, DecodesRightOrIsRefused) {
  const BadImage& expected = GetParam();
  const std::string bytes = ReadBadImage(expected.file);

  const int64_t extra = ExtraMegabytes(bytes);
  ASSERT_GE(extra, 0) << "decoding ended the process";
  if (!kInstrumented) {
    EXPECT_LE(extra, kMaxExtraMegabytes);
  }

  const absl::Time start = absl::Now();
  const absl::StatusOr<Image> image = DecodeImage(bytes, DecodeLimits());
  const absl::Duration time = absl::Now() - start;
  EXPECT_LT(time, kMaxTime * (kInstrumented ? 10 : 1));

  if (image.ok()) {
    EXPECT_NE(expected.expectation, "refuse");
    CheckPixels(expected, *image);
  } else {
    EXPECT_NE(expected.expectation, "decode") << image.status();
    CheckRefusal(expected, image.status());
  }
}

// A smaller picture of the same file, refused for the same reason.
TEST_P(BadImagesTest, ScaledDecodeDoesTheSame) {
  const std::string bytes = ReadBadImage(GetParam().file);
  const absl::StatusOr<Image> full = DecodeImage(bytes, DecodeLimits());
  // Nearly all are that large.
  const int short_side = full.ok() ? std::min(full->width, full->height) : 216;
  for (const int divisor : {8, 4, 2}) {
    const int min_short_side = std::max(1, (short_side + divisor - 1) / divisor);
    const absl::StatusOr<Image> scaled =
        DecodeImage(bytes, DecodeLimits(), {.min_short_side = min_short_side});
    ASSERT_EQ(scaled.status(), full.status()) << divisor;
    if (!full.ok()) continue;
    const int by = absl::StartsWith(bytes, "\xFF") ? DecodeDivisor(short_side, min_short_side) : 1;
    EXPECT_EQ(scaled->width, (full->width + by - 1) / by);
    EXPECT_EQ(scaled->height, (full->height + by - 1) / by);
    ASSERT_EQ(scaled->rgb.size(), static_cast<size_t>(scaled->width) * scaled->height * 3);
    EXPECT_NEAR(MeanLevel(*scaled), MeanLevel(*full), 2) << divisor;
  }
}

TEST_P(BadImagesTest, NextPhotographIsTheSame) {
  static const Image* const good_jpeg =
      new Image(*DecodeImage(ReadBadImage("jpeg_baseline_420.jpg"), DecodeLimits()));
  static const Image* const good_png =
      new Image(*DecodeImage(ReadBadImage("png_rgb8.png"), DecodeLimits()));
  const std::string bytes = ReadBadImage(GetParam().file);
  for (const auto& [file, expected] : {std::pair("jpeg_baseline_420.jpg", good_jpeg),
                                       std::pair("png_rgb8.png", good_png)}) {
    (void)DecodeImage(bytes, DecodeLimits());
    const absl::StatusOr<Image> image = DecodeImage(ReadBadImage(file), DecodeLimits());
    ASSERT_TRUE(image.ok()) << image.status();
    EXPECT_TRUE(image->rgb == expected->rgb) << file;
  }
}

// A test's name takes letters, digits and underscores.
std::string TestName(const testing::TestParamInfo<BadImage>& row) {
  std::string name = row.param.file;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Manifest, BadImagesTest, testing::ValuesIn(ReadBadImages()), TestName);

TEST(BadImagesManifestTest, HasAllRows) { EXPECT_EQ(ReadBadImages().size(), 184u); }

}  // namespace
}  // namespace fovea
