#include "common/dataset/index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "common/base/sha256.h"
#include "tests/common/dataset/temp_folder.h"

namespace fovea {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

DatasetItem Item(const std::string& path, int label, Part part, const std::string& patient = "") {
  return {.path = path,
          .label = label,
          .part = part,
          .patient = patient,
          .sha256 = Sha256Hex(path),
          .size = static_cast<int64_t>(path.size())};
}

std::vector<DatasetItem> FourItems() {
  return {Item("a_left.jpg", 0, Part::kTrain, "a"), Item("a_right.jpg", 1, Part::kTest, "a"),
          Item("b.jpg", 1, Part::kTrain, "b"), Item("c.jpg", 0, Part::kTest)};
}

std::string Refusal(const std::vector<DatasetItem>& items, int classes, bool hashed = true) {
  const absl::Status status = ValidateItems(items, classes, hashed);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(ValidateItems, TakesGoodItems) {
  EXPECT_TRUE(ValidateItems(FourItems(), 2, true).ok());
  std::vector<DatasetItem> unhashed = FourItems();
  for (DatasetItem& item : unhashed) item.sha256.clear();
  EXPECT_TRUE(ValidateItems(unhashed, 2, false).ok());
  EXPECT_THAT(Refusal(unhashed, 2), HasSubstr("items[0].sha256"));
}

TEST(ValidateItems, NamesWhatIsWrong) {
  std::vector<DatasetItem> items = FourItems();
  EXPECT_THAT(Refusal({}, 2), HasSubstr("items: must not be empty"));
  EXPECT_THAT(Refusal(items, 1), HasSubstr("two classes"));
  items[1].label = 2;
  EXPECT_THAT(Refusal(items, 2), HasSubstr("items[1].label: 2 is outside 0 to 1"));
  items = FourItems();
  items[3].path = "../c.jpg";
  EXPECT_THAT(Refusal(items, 2), HasSubstr("items[3].path"));
  items = FourItems();
  items[3].path = items[0].path;
  EXPECT_THAT(Refusal(items, 2), HasSubstr("items[3].path: \"a_left.jpg\" is repeated"));
  items = FourItems();
  items[2].sha256[0] = 'G';
  EXPECT_THAT(Refusal(items, 2), HasSubstr("items[2].sha256"));
  EXPECT_THAT(Refusal(items, 2, false), HasSubstr("items[2].sha256"));
  items = FourItems();
  items[2].size = -1;
  EXPECT_THAT(Refusal(items, 2), HasSubstr("items[2].size"));
}

TEST(ValidateItems, NeedsBothParts) {
  std::vector<DatasetItem> items = FourItems();
  for (DatasetItem& item : items) item.part = Part::kTrain;
  EXPECT_THAT(Refusal(items, 2), HasSubstr("test part"));
  for (DatasetItem& item : items) item.part = Part::kTest;
  EXPECT_THAT(Refusal(items, 2), HasSubstr("train part"));
}

TEST(DatasetFingerprint, DependsOnContentLabelAndPartAlone) {
  const std::vector<DatasetItem> items = FourItems();
  const std::string fingerprint = DatasetFingerprint(items);
  EXPECT_TRUE(IsSha256Hex(fingerprint));

  std::vector<DatasetItem> other = items;
  std::reverse(other.begin(), other.end());
  other[0].path = "renamed.jpg";
  other[0].patient = "z";
  EXPECT_EQ(DatasetFingerprint(other), fingerprint);

  other = items;
  other[0].label = 1;
  EXPECT_NE(DatasetFingerprint(other), fingerprint);
  other = items;
  other[0].part = Part::kTest;
  EXPECT_NE(DatasetFingerprint(other), fingerprint);
  other = items;
  other[0].sha256 = Sha256Hex("other");
  EXPECT_NE(DatasetFingerprint(other), fingerprint);
}

TEST(DatasetFingerprint, IsFixed) {
  // sha256sum of "<sha256 of a.jpg> 3 test\n". Published fingerprints must not change.
  const std::vector<DatasetItem> items = {Item("a.jpg", 3, Part::kTest)};
  EXPECT_EQ(DatasetFingerprint(items), Sha256Hex(Sha256Hex("a.jpg") + " 3 test\n"));
}

TEST(CountClasses, CountsOnePart) {
  const std::vector<DatasetItem> items = FourItems();
  EXPECT_THAT(CountClasses(items, Part::kTrain, 3), ElementsAre(1, 1, 0));
  EXPECT_THAT(CountClasses(items, Part::kTest, 3), ElementsAre(1, 1, 0));
}

TEST(CountSharedPatients, LeavesOutUnknownOnes) {
  std::vector<DatasetItem> items = FourItems();
  EXPECT_EQ(CountSharedPatients(items), 1);
  items[2].patient.clear();  // Now an unknown one on each side.
  EXPECT_EQ(CountSharedPatients(items), 1);
  items[1].part = Part::kTrain;
  EXPECT_EQ(CountSharedPatients(items), 0);
}

TEST(IndexFile, GivesBackWhatWasWritten) {
  const TempFolder folder;
  std::vector<DatasetItem> items = FourItems();
  items[0].path = "ordner/Größe \"x\".jpg";
  items[1].size = int64_t{1} << 40;
  ASSERT_TRUE(WriteIndex(folder / "items.jsonl", items).ok());
  const auto read = ReadIndex(folder / "items.jsonl");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, items);
}

TEST(IndexFile, RefusesWhatCannotBeJson) {
  const TempFolder folder;
  std::vector<DatasetItem> items = FourItems();
  items[0].patient = "\xff";
  EXPECT_EQ(WriteIndex(folder / "items.jsonl", items).code(), absl::StatusCode::kInvalidArgument);
}

TEST(IndexFile, SaysWhichLineIsDamaged) {
  const TempFolder folder;
  ASSERT_TRUE(WriteIndex(folder / "good.jsonl", FourItems()).ok());
  const std::string good = *ReadFile(folder / "good.jsonl");
  for (const char* bad : {"{", "[]", "{\"path\":\"x\"}", "null",
                          "{\"path\":\"x\",\"label\":\"1\",\"part\":\"train\",\"patient\":\"\","
                          "\"sha256\":\"\",\"size\":0}",
                          "{\"path\":\"x\",\"label\":1,\"part\":\"val\",\"patient\":\"\","
                          "\"sha256\":\"\",\"size\":0}"}) {
    folder.Write("bad.jsonl", good + bad + "\n");
    const auto read = ReadIndex(folder / "bad.jsonl");
    ASSERT_FALSE(read.ok()) << bad;
    EXPECT_THAT(std::string(read.status().message()), HasSubstr("line 5")) << bad;
  }
  EXPECT_EQ(ReadIndex(folder / "absent").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace fovea
