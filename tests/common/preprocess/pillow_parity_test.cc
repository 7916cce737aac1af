// Preprocessing gives what Pillow and torchvision's formulas give; see make_preprocess_golden.py.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/sha256.h"
#include "common/preprocess/preprocess.h"
#include "gtest/gtest.h"
#include "tests/testing/bad_images.h"
#include "tests/testing/phantom.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;

constexpr char kPython[] = FOVEA_SOURCE_DIR "/.venv/bin/python";
constexpr char kScript[] = FOVEA_SOURCE_DIR "/tests/parity/make_preprocess_golden.py";
constexpr char kRealPhotographs[] = FOVEA_SOURCE_DIR "/../shared/data/eyepacs256/images";
constexpr int kRealSample = 60;
constexpr int kDivisors[] = {2, 4, 8};
constexpr std::pair<int, int> kSizes[] = {
    {256, 256}, {224, 224}, {64, 80},    {200, 150},  {257, 255},  {300, 256}, {256, 341},
    {383, 500}, {33, 500},  {1000, 301}, {640, 480},  {481, 641},  {777, 777}, {2048, 1536},
    {47, 47},   {512, 257}, {999, 1001}, {1944, 2592}, {3888, 2592}};

struct Golden {
  Image decoded;
  std::vector<uint8_t> upright;
  Image resized;
  CropPlan crop;
  std::vector<float> tensor;
  std::vector<std::string> scaled_sha256;  // By kDivisors, lower-case hex.
};

template <typename T>
void Take(absl::string_view* bytes, size_t count, std::vector<T>* out) {
  out->resize(count);
  ASSERT_GE(bytes->size(), count * sizeof(T));
  std::memcpy(out->data(), bytes->data(), count * sizeof(T));
  bytes->remove_prefix(count * sizeof(T));
}

Golden ReadGolden(const std::string& path) {
  const std::string content = *ReadFile(path);
  absl::string_view bytes(content);
  std::vector<int32_t> numbers;
  Take(&bytes, 6, &numbers);
  Golden golden;
  golden.decoded.width = numbers[0];
  golden.decoded.height = numbers[1];
  golden.resized.width = numbers[2];
  golden.resized.height = numbers[3];
  golden.crop.left = numbers[4];
  golden.crop.top = numbers[5];
  const size_t decoded_bytes = static_cast<size_t>(numbers[0]) * numbers[1] * 3;
  Take(&bytes, decoded_bytes, &golden.decoded.rgb);
  Take(&bytes, decoded_bytes, &golden.upright);
  Take(&bytes, static_cast<size_t>(numbers[2]) * numbers[3] * 3, &golden.resized.rgb);
  Take(&bytes, 224 * 224 * 3, &golden.tensor);
  for (size_t i = 0; i < std::size(kDivisors); ++i) {
    golden.scaled_sha256.push_back(absl::BytesToHexString(bytes.substr(0, 32)));
    bytes.remove_prefix(std::min<size_t>(bytes.size(), 32));
  }
  EXPECT_TRUE(bytes.empty());
  return golden;
}

void CheckScaled(const std::string& bytes, const Golden& golden) {
  const int short_side = std::min(golden.decoded.width, golden.decoded.height);
  for (size_t i = 0; i < std::size(kDivisors); ++i) {
    const int min_short_side = (short_side + kDivisors[i] - 1) / kDivisors[i];
    const absl::StatusOr<Image> scaled =
        DecodeImage(bytes, DecodeLimits(), {.min_short_side = min_short_side});
    ASSERT_TRUE(scaled.ok()) << scaled.status();
    const absl::string_view pixels(reinterpret_cast<const char*>(scaled->rgb.data()),
                                   scaled->rgb.size());
    EXPECT_EQ(Sha256Hex(pixels), golden.scaled_sha256[i]) << "at 1/" << kDivisors[i];
  }
}

void CheckPhotograph(const std::string& photo, const std::string& golden_file) {
  SCOPED_TRACE(photo);
  const std::string bytes = *ReadFile(photo);
  const Golden golden = ReadGolden(golden_file);
  const PreprocessSpec spec;

  const absl::StatusOr<Image> decoded = DecodeImage(bytes, DecodeLimits());
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  ASSERT_EQ(decoded->width, golden.decoded.width);
  EXPECT_TRUE(decoded->rgb == golden.decoded.rgb) << "decoded pixels differ";
  const absl::StatusOr<Image> upright =
      DecodeImage(bytes, DecodeLimits(), {.apply_exif_orientation = true});
  ASSERT_TRUE(upright.ok()) << upright.status();
  EXPECT_TRUE(upright->rgb == golden.upright) << "upright pixels differ";

  CheckScaled(bytes, golden);

  const absl::StatusOr<Image> loaded = LoadImage(bytes, spec, DecodeLimits());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_EQ(loaded->width, golden.resized.width);
  ASSERT_EQ(loaded->height, golden.resized.height);
  EXPECT_TRUE(loaded->rgb == golden.resized.rgb) << "resized pixels differ";
  const CropPlan crop = CentreCrop(loaded->width, loaded->height, spec);
  EXPECT_EQ(crop, golden.crop);
  std::vector<float> tensor(golden.tensor.size());
  ToTensor(*loaded, crop, spec, tensor.data());
  EXPECT_TRUE(tensor == golden.tensor) << "normalised floats differ";
}

class PillowParityTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kPython)) GTEST_SKIP() << "no Python with Pillow: run scripts/bootstrap.sh";
    dir_ = *MakeTempDir("parity");
  }
  void TearDown() override {
    if (!dir_.empty()) (void)RemoveAll(dir_);
  }

  std::string AddFile(const std::string& name, const std::string& bytes) {
    const std::string path = JoinPath(dir_, name);
    EXPECT_TRUE(WriteFileAtomic(path, bytes).ok());
    photos_.push_back(path);
    return path;
  }

  // Runs the script over the photographs and compares all that it wrote.
  void CheckAll() {
    std::string list;
    for (const std::string& photo : photos_) absl::StrAppend(&list, photo, "\n");
    ASSERT_TRUE(WriteFileAtomic(dir_ + "/list", list).ok());
    const std::string command = absl::StrCat("'", kPython, "' '", kScript, "' '", dir_,
                                             "/list' '", dir_, "'");
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
    for (size_t i = 0; i < photos_.size(); ++i) {
      CheckPhotograph(photos_[i], absl::StrCat(dir_, "/", i, ".golden"));
    }
    for (const auto& entry : fs::directory_iterator(dir_)) {
      fs::path golden = entry.path();
      if (golden.extension() != ".jpg" || !fs::exists(golden.replace_extension(".golden"))) continue;
      CheckPhotograph(entry.path().string(), golden.string());
      ++variants_;
    }
  }

  std::string dir_;
  std::vector<std::string> photos_;
  int variants_ = 0;
};

TEST_F(PillowParityTest, Phantoms) {
  uint64_t patient = 0;
  size_t pngs = 0;
  for (const auto& [width, height] : kSizes) {
    const Image image = PaintPhantom({++patient, static_cast<int>(patient % 5), patient % 2 == 0,
                                      width, height});
    const std::string name = absl::StrCat("phantom-", width, "x", height);
    AddFile(name + ".jpeg", EncodeJpeg(image));
    // The largest as JPEG alone, for time's sake.
    if (width < 1500) {
      AddFile(name + ".png", EncodePng(image));
      ++pngs;
    }
  }
  CheckAll();
  EXPECT_EQ(variants_, static_cast<int>(pngs) * 7);
}

TEST_F(PillowParityTest, OddButSoundJpegs) {
  for (const BadImage& image : ReadBadImages()) {
    if (image.expectation != "decode" || image.file.find("jpeg_") != 0) continue;
    AddFile(absl::StrCat(image.file, ".copy"), ReadBadImage(image.file));
  }
  ASSERT_GT(photos_.size(), 20u);
  CheckAll();
}

TEST_F(PillowParityTest, RealPhotographs) {
  if (!fs::is_directory(kRealPhotographs)) GTEST_SKIP() << "no photographs in shared/data";
  std::vector<std::string> all;
  for (const auto& entry : fs::directory_iterator(kRealPhotographs)) {
    all.push_back(entry.path().string());
  }
  std::sort(all.begin(), all.end());
  const size_t step = std::max<size_t>(1, all.size() / kRealSample);
  for (size_t i = 0; i < all.size(); i += step) photos_.push_back(all[i]);
  CheckAll();
}

}  // namespace
}  // namespace fovea
