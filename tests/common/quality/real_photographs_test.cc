// The gate on real photographs and on pictures of other things, where they are at hand.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/file.h"
#include "common/preprocess/preprocess.h"
#include "common/quality/quality.h"
#include "gtest/gtest.h"
#include "tests/testing/picture_variants.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;

constexpr char kData[] = FOVEA_SOURCE_DIR "/../shared/data";
constexpr size_t kPictures = 60;

absl::StatusOr<Image> Load(const std::string& path) {
  const absl::StatusOr<std::string> bytes = ReadFile(path);
  if (!bytes.ok()) return bytes.status();
  return LoadImage(*bytes, {}, {});
}

std::vector<Image> TestPhotographs() {
  const std::string folder = std::string(kData) + "/eyepacs256";
  std::ifstream list(folder + "/test_img.csv");
  std::vector<Image> images;
  for (std::string name; images.size() < kPictures && list >> name;) {
    const auto image = Load(folder + "/images/" + name + ".jpeg");
    if (image.ok()) images.push_back(*image);
  }
  return images;
}

std::vector<Image> OtherPictures() {
  std::vector<Image> images;
  const std::string folder = std::string(kData) + "/tinyimagenet/test";
  if (!fs::is_directory(folder)) return images;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (images.size() == kPictures) break;
    const auto image = Load(fs::directory_iterator(entry.path())->path());
    if (image.ok()) images.push_back(*image);
  }
  return images;
}

TEST(RealPhotographsTest, AreGradableButForAFew) {
  const std::vector<Image> images = TestPhotographs();
  if (images.empty()) GTEST_SKIP() << "no photographs in shared/data";
  int refused = 0;
  for (const Image& image : images) refused += !AssessQuality(image).gradable();
  EXPECT_LE(refused, 0.07 * static_cast<double>(images.size()));
}

TEST(RealPhotographsTest, AreRefusedWhenBlurredOrDark) {
  const std::vector<Image> images = TestPhotographs();
  if (images.empty()) GTEST_SKIP() << "no photographs in shared/data";
  int blurred = 0, dark = 0;
  for (const Image& image : images) {
    blurred += !AssessQuality(Blurred(image, 3)).gradable();
    dark += !AssessQuality(Exposed(image, 0.1)).gradable();
  }
  EXPECT_GE(blurred, 0.95 * static_cast<double>(images.size()));
  EXPECT_GE(dark, 0.95 * static_cast<double>(images.size()));
}

TEST(RealPhotographsTest, OtherPicturesAreRefused) {
  const std::vector<Image> images = OtherPictures();
  if (images.empty()) GTEST_SKIP() << "no pictures of other things in shared/data";
  int plain = 0, in_disc = 0;
  for (size_t i = 0; i < images.size(); ++i) {
    plain += !AssessQuality(images[i]).gradable();
    in_disc += !AssessQuality(InDisc(images[i], 1, i)).gradable();
  }
  EXPECT_GE(plain, 0.95 * static_cast<double>(images.size()));
  EXPECT_GE(in_disc, 0.9 * static_cast<double>(images.size()));
}

}  // namespace
}  // namespace fovea
