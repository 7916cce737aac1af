#include "tests/testing/phantom.h"

#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "common/base/file.h"
#include "common/dataset/layout.h"
#include "common/preprocess/decode.h"
#include "gtest/gtest.h"
#include "tests/testing/phantom_dataset.h"

namespace fovea {
namespace {

// The share of pixels that differ clearly.
double ChangedShare(const Image& a, const Image& b) {
  size_t changed = 0;
  for (size_t i = 0; i < a.rgb.size(); i += 3) {
    int difference = 0;
    for (size_t k = i; k < i + 3; ++k) difference += std::abs(a.rgb[k] - b.rgb[k]);
    changed += difference > 60;
  }
  return static_cast<double>(changed) * 3 / static_cast<double>(a.rgb.size());
}

TEST(PhantomTest, SameValuesGiveTheSamePixels) {
  const Phantom phantom{77, 4, true, 200, 150};
  EXPECT_EQ(PaintPhantom(phantom).rgb, PaintPhantom(phantom).rgb);
  EXPECT_EQ(EncodeJpeg(PaintPhantom(phantom)), EncodeJpeg(PaintPhantom(phantom)));
  Phantom other = phantom;
  other.patient = 78;
  EXPECT_NE(PaintPhantom(phantom).rgb, PaintPhantom(other).rgb);
}

TEST(PhantomTest, LesionsGrowWithTheGrade) {
  for (uint64_t patient = 0; patient < 10; ++patient) {
    const Image healthy = PaintPhantom({patient, 0, false});
    double last = 0;
    for (int grade = 1; grade <= 4; ++grade) {
      const double share = ChangedShare(healthy, PaintPhantom({patient, grade, false}));
      EXPECT_GT(share, last * 1.2) << "patient " << patient << " grade " << grade;
      last = share;
    }
    EXPECT_GT(last, 0.08);
  }
}

TEST(PhantomTest, LeftEyeHasItsDiscAtTheLeft) {
  // The disc is the brightest green.
  const auto brightest_x = [](const Image& image) {
    size_t best = 0;
    for (size_t i = 0; i < image.rgb.size() / 3; ++i) {
      if (image.rgb[i * 3 + 1] > image.rgb[best * 3 + 1]) best = i;
    }
    return static_cast<int>(best % static_cast<size_t>(image.width));
  };
  EXPECT_LT(brightest_x(PaintPhantom({5, 0, true})), 128);
  EXPECT_GT(brightest_x(PaintPhantom({5, 0, false})), 128);
}

TEST(PhantomTest, PngKeepsEveryPixel) {
  const Image image = PaintPhantom({1, 2, false, 123, 97});
  const absl::StatusOr<Image> decoded = DecodeImage(EncodePng(image), DecodeLimits());
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->rgb, image.rgb);
}

class PhantomDatasetTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { dir_ = *MakeTempDir("phantom"); }
  void TearDown() override { (void)RemoveAll(dir_); }

  std::string dir_;
};

TEST_P(PhantomDatasetTest, IsFoundWithFiveGradesInPartsThatShareNoPatient) {
  PhantomDatasetOptions options;
  options.dir = dir_;
  options.patients = 25;
  options.size = 64;
  options.layout = GetParam();
  ASSERT_TRUE(WritePhantomDataset(options).ok());

  const absl::StatusOr<FoundDataset> found = FindDataset(dir_, LayoutOptions());
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->layout, GetParam());
  EXPECT_EQ(found->items.size(), 50u);
  EXPECT_EQ(CountSharedPatients(found->items), 0);
  for (const Part part : {Part::kTrain, Part::kTest}) {
    for (const int64_t count : CountClasses(found->items, part, 5)) EXPECT_GT(count, 0);
  }
}

TEST_P(PhantomDatasetTest, HoldsPhotographsBack) {
  PhantomDatasetOptions options;
  options.dir = dir_;
  options.patients = 10;
  options.held_back_patients = 2;
  options.size = 32;
  options.layout = GetParam();
  ASSERT_TRUE(WritePhantomDataset(options).ok());
  const std::string labels = *ReadFile(dir_ + "/held-back/labels.csv");
  const std::vector<std::string> lines = absl::StrSplit(labels, '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[0], "image,level");
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::string file = lines[i].substr(0, lines[i].find(','));
    EXPECT_TRUE(ReadFile(dir_ + "/held-back/" + file).ok()) << file;
  }
  EXPECT_TRUE(absl::StartsWith(*ReadFile(dir_ + "/SYNTHETIC.txt"), "SYNTHETIC"));
}

INSTANTIATE_TEST_SUITE_P(Layouts, PhantomDatasetTest, testing::Values("lab", "folders"));

TEST(PhantomDatasetOptionsTest, AreChecked) {
  PhantomDatasetOptions options;
  options.dir = "/nonexistent";
  options.layout = "tar";
  EXPECT_FALSE(WritePhantomDataset(options).ok());
  options.layout = "lab";
  options.patients = 3;
  EXPECT_FALSE(WritePhantomDataset(options).ok());
}

}  // namespace
}  // namespace fovea
