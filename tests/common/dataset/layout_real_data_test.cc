// Layouts of real data, where it is beside the sources.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "common/dataset/layout.h"
#include "common/dataset/csv.h"
#include "tests/common/dataset/temp_folder.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

const char kData[] = FOVEA_SOURCE_DIR "/../shared/data";

// Copies a label file under another name and makes an empty photograph of every first field.
void CopyLabels(const TempFolder& folder, const std::string& from, const std::string& to) {
  const std::string text = *ReadFile(JoinPath(JoinPath(kData, "labels"), from));
  folder.Write(to, text);
  fs::create_directories(folder / "images");
  const auto rows = ParseCsv(from, text);
  ASSERT_TRUE(rows.ok()) << rows.status();
  for (const CsvRow& row : *rows) {
    std::ofstream(folder / ("images/" + row.fields[0] + ".jpeg"));
  }
}

TEST(RealData, Eyepacs256) {
  const std::string dir = JoinPath(kData, "eyepacs256");
  if (!fs::exists(dir)) GTEST_SKIP() << dir << " is not there";
  const auto found = FindDataset(dir, {});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->layout, "lab");
  EXPECT_EQ(found->split, "as given");
  EXPECT_THAT(CountClasses(found->items, Part::kTrain, 5), ElementsAre(1834, 177, 366, 50, 56));
  EXPECT_THAT(CountClasses(found->items, Part::kTest, 5), ElementsAre(406, 44, 89, 11, 11));
  EXPECT_EQ(CountSharedPatients(found->items), 0);
}

TEST(RealData, LabLabelsOfTheFullSet) {
  if (!fs::exists(JoinPath(kData, "labels"))) GTEST_SKIP() << kData << "/labels is not there";
  const TempFolder folder;
  CopyLabels(folder, "lab4_train_img.csv", "train_img.csv");
  CopyLabels(folder, "lab4_test_img.csv", "test_img.csv");
  for (const char* part : {"train", "test"}) {
    const std::string label_file = std::string(part) + "_label.csv";
    folder.Write(label_file, *ReadFile(JoinPath(kData, "labels/lab4_" + label_file)));
  }
  const auto found = FindDataset(folder.path(), {});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(CountClasses(found->items, Part::kTest, 5), ElementsAre(5154, 488, 1082, 175, 127));
  EXPECT_EQ(found->items.size(), 28097u + 7026u);
  // The reference splits by photograph: most test patients are in the train part too.
  EXPECT_GT(CountSharedPatients(found->items), 5000);
}

TEST(RealData, KaggleLabelsOfTheFullSetAreSplitByPatient) {
  if (!fs::exists(JoinPath(kData, "labels"))) GTEST_SKIP() << kData << "/labels is not there";
  const TempFolder folder;
  CopyLabels(folder, "eyepacs_trainLabels.csv", "trainLabels.csv");
  const auto found = FindDataset(folder.path(), {});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->layout, "kaggle");
  EXPECT_EQ(found->items.size(), 35126u);
  EXPECT_EQ(CountSharedPatients(found->items), 0);
  const std::vector<int64_t> train = CountClasses(found->items, Part::kTrain, 5);
  const std::vector<int64_t> test = CountClasses(found->items, Part::kTest, 5);
  for (int grade = 0; grade < 5; ++grade) {
    const double share = static_cast<double>(test[grade]) / (test[grade] + train[grade]);
    EXPECT_NEAR(share, 0.2, 0.01) << grade;
  }
}

}  // namespace
}  // namespace fovea
