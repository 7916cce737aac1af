// Layouts whose grades are in csvs; also recognition and patients.
#include "common/dataset/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/common/dataset/temp_folder.h"

namespace fovea {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LayoutTest : public ::testing::Test {
 protected:
  void WriteLab() {
    folder_.Write("train_img.csv", "1_left\n1_right\n2_left\n");
    folder_.Write("train_label.csv", "0\n4\n2\n");
    folder_.Write("test_img.csv", "3_left\r\n3_right\r\n");
    folder_.Write("test_label.csv", "1\r\n3\r\n");
    for (const char* file : {"images/1_left.jpeg", "images/1_right.jpeg", "images/2_left.JPG",
                             "images/more/3_left.png", "images/3_right.jpeg"}) {
      folder_.Write(file, file);
    }
  }
  std::string Refusal(const LayoutOptions& options = {}) {
    const absl::StatusOr<FoundDataset> found = FindDataset(folder_.path(), options);
    EXPECT_EQ(found.status().code(), absl::StatusCode::kInvalidArgument) << found.status();
    return std::string(found.status().message());
  }
  FoundDataset Find(const LayoutOptions& options = {}) {
    absl::StatusOr<FoundDataset> found = FindDataset(folder_.path(), options);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *std::move(found) : FoundDataset();
  }

  const TempFolder folder_;
};

TEST_F(LayoutTest, ReadsLab) {
  WriteLab();
  const FoundDataset found = Find();
  EXPECT_EQ(found.layout, "lab");
  EXPECT_EQ(found.split, "as given");
  EXPECT_THAT(found.class_names,
              ElementsAre("No DR", "Mild", "Moderate", "Severe", "Proliferative DR"));
  EXPECT_THAT(found.items,
              ElementsAre(DatasetItem{"images/1_left.jpeg", 0, Part::kTrain, "1", "", 0},
                          DatasetItem{"images/1_right.jpeg", 4, Part::kTrain, "1", "", 0},
                          DatasetItem{"images/2_left.JPG", 2, Part::kTrain, "2", "", 0},
                          DatasetItem{"images/more/3_left.png", 1, Part::kTest, "3", "", 0},
                          DatasetItem{"images/3_right.jpeg", 3, Part::kTest, "3", "", 0}));
}

TEST_F(LayoutTest, SplitsALabFolderWithoutTestPart) {
  WriteLab();
  folder_.Write("train_label.csv", "0\n1\n1\n");
  std::filesystem::remove(folder_ / "test_img.csv");
  std::filesystem::remove(folder_ / "test_label.csv");
  LayoutOptions options;
  options.test_share = 0.5;
  options.split_seed = 9;
  const FoundDataset found = Find(options);
  EXPECT_EQ(CountSharedPatients(found.items), 0);
  EXPECT_THAT(found.split, HasSubstr("50 % of the patients"));
  EXPECT_THAT(found.split, HasSubstr("seed 9"));
}

TEST_F(LayoutTest, HalfATestPartIsAnError) {
  WriteLab();
  std::filesystem::remove(folder_ / "test_label.csv");
  EXPECT_THAT(std::string(FindDataset(folder_.path(), {}).status().message()),
              HasSubstr("test_label.csv"));
}

TEST_F(LayoutTest, ComparesRowsOfNamesAndLabels) {
  WriteLab();
  folder_.Write("train_label.csv", "0\n4\n");
  EXPECT_THAT(Refusal(), HasSubstr("train_label.csv: has 2 rows, but train_img.csv has 3"));
}

TEST_F(LayoutTest, SaysWhereAGradeIsNotANumber) {
  WriteLab();
  folder_.Write("train_label.csv", "0\nfour\n2\n");
  EXPECT_THAT(Refusal(), HasSubstr("train_label.csv line 2: \"four\" is not a grade"));
}

TEST_F(LayoutTest, CountsAndNamesMissingFiles) {
  WriteLab();
  std::string names = "1_left\n1_right\n";
  std::string labels = "0\n4\n";
  for (int i = 0; i < 9; ++i) {
    absl::StrAppend(&names, "gone", i, "\n");
    absl::StrAppend(&labels, "1\n");
  }
  folder_.Write("train_img.csv", names);
  folder_.Write("train_label.csv", labels);
  const std::string message = Refusal();
  EXPECT_THAT(message, HasSubstr("9 of 13 photographs are missing: gone0, gone1, gone2"));
  EXPECT_THAT(message, HasSubstr(", ..."));
}

TEST_F(LayoutTest, RefusesDuplicates) {
  WriteLab();
  folder_.Write("test_img.csv", "3_left\n1_left\n");
  EXPECT_THAT(Refusal(), HasSubstr("test_img.csv line 2: \"1_left\" was already named in "
                                   "train_img.csv line 1"));
}

TEST_F(LayoutTest, RefusesANameThatFitsTwoFiles) {
  WriteLab();
  folder_.Write("other/1_left.png", "x");
  EXPECT_THAT(Refusal(), HasSubstr("fits 2 files"));
  // With a folder or an extension the name is clear.
  folder_.Write("train_img.csv", "images/1_left\n1_right.jpeg\n2_left\n");
  EXPECT_EQ(Find().items[0].path, "images/1_left.jpeg");
  folder_.Write("train_img.csv", "1_left.png\n1_right.jpeg\n2_left\n");
  EXPECT_EQ(Find().items[0].path, "other/1_left.png");
}

TEST_F(LayoutTest, NamesCannotReachOutOfTheFolder) {
  WriteLab();
  for (const char* name : {"../secret", "/etc/passwd", "images/../images/1_left", "%2e%2e/x"}) {
    folder_.Write("train_img.csv", absl::StrCat(name, "\n1_right\n2_left\n"));
    EXPECT_THAT(Refusal(), HasSubstr("1 of 5 photographs are missing")) << name;
  }
}

TEST_F(LayoutTest, RefusesLinksThatLeadOut) {
  WriteLab();
  const TempFolder outside;
  outside.Write("9_left.jpeg", "secret");
  folder_.Link(outside / "9_left.jpeg", "images/9_left.jpeg");
  EXPECT_THAT(Refusal(), HasSubstr("images/9_left.jpeg"));
  std::filesystem::remove(folder_ / "images/9_left.jpeg");
  folder_.Link(outside.path(), "images/dir");
  EXPECT_THAT(Refusal(), HasSubstr("images/dir"));
  std::filesystem::remove(folder_ / "images/dir");
  folder_.Link("nowhere.jpeg", "images/dangling.jpeg");
  EXPECT_THAT(Refusal(), HasSubstr("images/dangling.jpeg"));
}

TEST_F(LayoutTest, CsvsCannotBeLinksThatLeadOut) {
  WriteLab();
  const TempFolder outside;
  outside.Write("labels.csv", "0\n4\n2\n");
  std::filesystem::remove(folder_ / "train_label.csv");
  folder_.Link(outside / "labels.csv", "train_label.csv");
  EXPECT_THAT(Refusal(), HasSubstr("leads out"));
}

TEST_F(LayoutTest, FollowsLinksWithinTheFolder) {
  WriteLab();
  std::filesystem::remove(folder_ / "images/1_left.jpeg");
  folder_.Write("blobs/one.bin", "x");
  folder_.Link("../blobs/one.bin", "images/1_left.jpeg");
  folder_.Link("images", "again");  // Not followed: every photograph once.
  folder_.Link("..", "images/up");
  EXPECT_EQ(Find().items[0].path, "images/1_left.jpeg");
}

TEST_F(LayoutTest, SkipsHiddenFiles) {
  WriteLab();
  folder_.Write("__MACOSX/images/._1_left.jpeg", "x");
  folder_.Write(".trash/1_left.jpeg", "x");
  EXPECT_EQ(Find().items.size(), 5u);
}

TEST_F(LayoutTest, ReadsKaggle) {
  folder_.Write("trainLabels.csv", "\xEF\xBB\xBF\"image\",level\r\n10_left,0\r\n10_right,1\r\n"
                                   "13_left,1\r\n");
  for (const char* name : {"10_left", "10_right", "13_left", "77_left"}) {
    folder_.Write(absl::StrCat("train/", name, ".jpeg"), name);
  }
  const FoundDataset found = Find();
  EXPECT_EQ(found.layout, "kaggle");
  EXPECT_EQ(found.items.size(), 3u);  // Photographs without a grade are left out.
  EXPECT_THAT(found.class_names, ElementsAre("0", "1"));
  EXPECT_EQ(CountSharedPatients(found.items), 0);
  EXPECT_THAT(found.split, HasSubstr("20 % of the patients"));
}

TEST_F(LayoutTest, ReadsAptos) {
  folder_.Write("train.csv", "id_code,diagnosis\n0a61bd,0\n0b64d,0\n1a03,4\n");
  folder_.Write("test.csv", "id_code\nffff\n");
  for (const char* name : {"0a61bd", "0b64d", "1a03"}) {
    folder_.Write(absl::StrCat("train_images/", name, ".png"), name);
  }
  folder_.Write("test_images/ffff.png", "x");
  const FoundDataset found = Find();
  EXPECT_EQ(found.layout, "aptos");
  EXPECT_EQ(found.items.size(), 3u);
  EXPECT_EQ(found.items[2].label, 4);
}

TEST_F(LayoutTest, TablesSayWhatTheyLack) {
  folder_.Write("trainLabels.csv", "image,grade\n10_left,0\n");
  EXPECT_THAT(Refusal(), HasSubstr("trainLabels.csv line 1: needed is the header image,level"));
  folder_.Write("trainLabels.csv", "image,level\n10_left,0\n10_right\n");
  EXPECT_THAT(Refusal(), HasSubstr("trainLabels.csv line 3: has 1 fields"));
  folder_.Write("trainLabels.csv", "image,level\n10_left,0\n10_right,-1\n");
  EXPECT_THAT(Refusal(), HasSubstr("trainLabels.csv line 3: \"-1\" is not a grade"));
  folder_.Write("trainLabels.csv", "image,level\n");
  EXPECT_FALSE(FindDataset(folder_.path(), {}).ok());
  folder_.Write("trainLabels.csv", "");
  EXPECT_THAT(Refusal(), HasSubstr("trainLabels.csv: has no rows"));
}

TEST_F(LayoutTest, SaysWhatItLookedFor) {
  folder_.Write("notes.txt", "x");
  const std::string message = Refusal();
  for (const char* word : {"train_img.csv", "trainLabels.csv", "train.csv", "a folder for each"}) {
    EXPECT_THAT(message, HasSubstr(word));
  }
}

TEST_F(LayoutTest, AsksWhenSeveralFit) {
  WriteLab();
  folder_.Write("trainLabels.csv", "image,level\n1_left,1\n2_left,1\n3_left,0\n");
  EXPECT_THAT(Refusal(), HasSubstr("fits lab and kaggle"));
  LayoutOptions options;
  options.layout = "kaggle";
  EXPECT_EQ(Find(options).layout, "kaggle");
}

TEST_F(LayoutTest, ChecksLayoutAndClassNames) {
  WriteLab();
  LayoutOptions options;
  options.layout = "coco";
  EXPECT_THAT(Refusal(options), HasSubstr("layout: \"coco\""));
  options.layout = "lab";
  options.class_names = {"a", "b"};
  EXPECT_THAT(Refusal(options), HasSubstr("2 names, but the grades go up to 4"));
  options.class_names = {"a", "b", "c", "d", "e", "f"};
  EXPECT_EQ(Find(options).class_names.size(), 6u);
  EXPECT_EQ(FindDataset(folder_ / "absent", {}).status().code(), absl::StatusCode::kNotFound);
}

TEST(PatientOf, CutsTheEye) {
  EXPECT_EQ(PatientOf("images/10_left.jpeg"), "10");
  EXPECT_EQ(PatientOf("10_right.png"), "10");
  EXPECT_EQ(PatientOf("a/b/IDRiD_001.jpg"), "IDRiD_001");
  EXPECT_EQ(PatientOf("_left.jpg"), "_left");
  EXPECT_EQ(PatientOf("x_left_right.jpg"), "x_left");
}

}  // namespace
}  // namespace fovea
