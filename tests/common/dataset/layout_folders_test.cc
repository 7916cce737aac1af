// The layout with a folder a class.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/dataset/layout.h"
#include "tests/common/dataset/temp_folder.h"

namespace fovea {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FoldersTest : public ::testing::Test {
 protected:
  void WritePhotographs(const std::string& dir, int count) {
    for (int i = 0; i < count; ++i) folder_.Write(absl::StrCat(dir, "/", i, ".jpg"), dir);
  }
  FoundDataset Find(const std::vector<std::string>& class_names = {}) {
    LayoutOptions options;
    options.class_names = class_names;
    absl::StatusOr<FoundDataset> found = FindDataset(folder_.path(), options);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *std::move(found) : FoundDataset();
  }
  std::string Refusal(const LayoutOptions& options = {}) {
    const absl::StatusOr<FoundDataset> found = FindDataset(folder_.path(), options);
    EXPECT_EQ(found.status().code(), absl::StatusCode::kInvalidArgument) << found.status();
    return std::string(found.status().message());
  }
  int64_t Count(const FoundDataset& found, Part part) {
    int64_t sum = 0;
    for (const int64_t count : CountClasses(found.items, part, 100)) sum += count;
    return sum;
  }

  const TempFolder folder_;
};

TEST_F(FoldersTest, SplitsPlainFolders) {
  WritePhotographs("cat", 10);
  WritePhotographs("dog/deep", 5);
  folder_.Write("loose.jpg", "not in a class");
  const FoundDataset found = Find();
  EXPECT_EQ(found.layout, "folders");
  EXPECT_THAT(found.class_names, ElementsAre("cat", "dog"));
  EXPECT_THAT(CountClasses(found.items, Part::kTrain, 2), ElementsAre(8, 4));
  EXPECT_THAT(CountClasses(found.items, Part::kTest, 2), ElementsAre(2, 1));
  // Equal numbers in two folders are not one patient.
  for (const DatasetItem& item : found.items) EXPECT_EQ(item.patient, "");
}

TEST_F(FoldersTest, KeepsBothEyesTogetherAcrossClasses) {
  for (int i = 0; i < 40; ++i) {
    folder_.Write(absl::StrCat("0/", i, "_left.jpg"), "x");
    folder_.Write(absl::StrCat(i % 2, "/", i, "_right.jpg"), "x");
  }
  const FoundDataset found = Find();
  EXPECT_EQ(found.items.size(), 80u);
  EXPECT_EQ(found.items[0].patient, "0");
  EXPECT_EQ(CountSharedPatients(found.items), 0);
}

TEST_F(FoldersTest, TakesTrainAndTest) {
  WritePhotographs("train/0", 3);
  WritePhotographs("train/1", 2);
  WritePhotographs("test/1", 1);
  const FoundDataset found = Find();
  EXPECT_EQ(found.split, "as given");
  EXPECT_EQ(Count(found, Part::kTrain), 5);
  EXPECT_EQ(Count(found, Part::kTest), 1);
}

TEST_F(FoldersTest, ValIsTheTestPartWhereThereIsNoOther) {
  WritePhotographs("train/0", 3);
  WritePhotographs("train/1", 2);
  WritePhotographs("val/0", 4);
  FoundDataset found = Find();
  EXPECT_EQ(Count(found, Part::kTest), 4);
  EXPECT_THAT(found.split, HasSubstr("val/ is the test part"));
  WritePhotographs("test/0", 1);
  found = Find();
  EXPECT_EQ(Count(found, Part::kTrain), 5);
  EXPECT_EQ(Count(found, Part::kTest), 1);
  EXPECT_THAT(found.split, HasSubstr("val/ left out"));
}

TEST_F(FoldersTest, TrainAloneIsSplit) {
  WritePhotographs("train/0", 10);
  WritePhotographs("train/1", 10);
  const FoundDataset found = Find();
  EXPECT_EQ(Count(found, Part::kTest), 4);
  EXPECT_THAT(found.split, HasSubstr("20 %"));
}

TEST_F(FoldersTest, NumbersSortByValueAndGradesGetNames) {
  for (int i = 0; i < 5; ++i) WritePhotographs(absl::StrCat(i), 4);
  EXPECT_THAT(Find().class_names,
              ElementsAre("No DR", "Mild", "Moderate", "Severe", "Proliferative DR"));
  for (int i = 5; i < 11; ++i) WritePhotographs(absl::StrCat(i), 4);
  const FoundDataset found = Find();
  EXPECT_EQ(found.class_names[10], "10");
  for (const DatasetItem& item : found.items) {
    EXPECT_EQ(absl::StrCat(item.label), item.path.substr(0, item.path.find('/')));
  }
}

TEST_F(FoldersTest, ClassNamesGiveTheOrder) {
  WritePhotographs("cat", 4);
  WritePhotographs("dog", 4);
  const FoundDataset found = Find({"dog", "cat"});
  EXPECT_THAT(found.class_names, ElementsAre("dog", "cat"));
  for (const DatasetItem& item : found.items) {
    EXPECT_EQ(item.label, item.path.substr(0, 3) == "dog" ? 0 : 1);
  }
  // A class without photographs yet.
  EXPECT_EQ(Find({"dog", "bird", "cat"}).class_names.size(), 3u);
  LayoutOptions options;
  options.class_names = {"bird", "fish"};
  EXPECT_THAT(Refusal(options), HasSubstr("class_names: do not fit the folders cat, dog"));
}

TEST_F(FoldersTest, ClassNamesNameNumberedFolders) {
  WritePhotographs("0", 4);
  WritePhotographs("1", 4);
  EXPECT_THAT(Find({"healthy", "ill"}).class_names, ElementsAre("healthy", "ill"));
}

TEST_F(FoldersTest, SaysWhatIsWrong) {
  WritePhotographs("only", 4);
  LayoutOptions options;
  options.layout = "folders";
  EXPECT_THAT(Refusal(options), HasSubstr("found 1 folders"));
  WritePhotographs("test/a", 1);
  EXPECT_THAT(Refusal(options), HasSubstr("no train/"));
  WritePhotographs("train/b", 1);
  WritePhotographs("train/c", 1);
  EXPECT_THAT(Refusal(options), HasSubstr("\"a\" is in test/ but not in train/"));
}

TEST_F(FoldersTest, RefusesClassFoldersThatAreLinksOut) {
  const TempFolder outside;
  outside.Write("x.jpg", "x");
  WritePhotographs("0", 4);
  folder_.Link(outside.path(), "1");
  EXPECT_THAT(Refusal(), HasSubstr("\"1\" is a symbolic link that leads out"));
}

}  // namespace
}  // namespace fovea
