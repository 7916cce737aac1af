#include "server/training/validation_part.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/dataset/split.h"

namespace fovea {
namespace {

using testing::Each;
using testing::IsEmpty;

constexpr int kGrades = 5;

// Two photographs of each of `patients` patients of each grade, every fifth patient a test one.
std::vector<DatasetItem> Items(int patients) {
  std::vector<DatasetItem> items;
  for (int i = 0; i < patients * kGrades; ++i) {
    for (const char* side : {"left", "right"}) {
      DatasetItem item;
      item.path = absl::StrCat(i, "_", side, ".jpeg");
      item.label = i % kGrades;
      item.part = i / kGrades % 5 == 4 ? Part::kTest : Part::kTrain;
      item.patient = absl::StrCat("p", i);
      items.push_back(item);
    }
  }
  return items;
}

std::set<std::string> Drawn(double share, uint64_t seed, const std::vector<DatasetItem>& items) {
  const std::vector<bool> drawn = DrawValidationPart(share, seed, items);
  EXPECT_EQ(drawn.size(), items.size());
  std::set<std::string> paths;
  for (size_t i = 0; i < items.size(); ++i) {
    if (drawn[i]) paths.insert(items[i].path);
  }
  return paths;
}

TEST(ValidationPartTest, TakesWholePatientsOfTheTrainPart) {
  const std::vector<DatasetItem> items = Items(50);
  const std::vector<bool> drawn = DrawValidationPart(0.25, 3, items);
  std::map<std::string, std::set<bool>> by_patient;
  for (size_t i = 0; i < items.size(); ++i) {
    by_patient[items[i].patient].insert(drawn[i]);
    EXPECT_FALSE(drawn[i] && items[i].part == Part::kTest) << items[i].path;
  }
  for (const auto& [patient, sides] : by_patient) EXPECT_EQ(sides.size(), 1u) << patient;
}

TEST(ValidationPartTest, TakesTheShareOfEachGrade) {
  const std::vector<DatasetItem> items = Items(50);  // 40 train patients a grade.
  const std::vector<bool> drawn = DrawValidationPart(0.1, 3, items);
  std::vector<int> photographs(kGrades);
  for (size_t i = 0; i < items.size(); ++i) photographs[items[i].label] += drawn[i];
  EXPECT_THAT(photographs, Each(2 * 4));
}

TEST(ValidationPartTest, DependsOnTrainPatientsAndSeedAlone) {
  std::vector<DatasetItem> items = Items(50);
  const std::set<std::string> drawn = Drawn(0.1, 3, items);
  std::reverse(items.begin(), items.end());
  EXPECT_EQ(Drawn(0.1, 3, items), drawn);
  std::erase_if(items, [](const DatasetItem& item) { return item.part == Part::kTest; });
  EXPECT_EQ(Drawn(0.1, 3, items), drawn);
  for (DatasetItem& item : items) item.sha256 = "other";
  EXPECT_EQ(Drawn(0.1, 3, items), drawn);
  EXPECT_NE(Drawn(0.1, 4, items), drawn);
}

TEST(ValidationPartTest, IsNotTheSplitOfTheSameSeed) {
  std::vector<DatasetItem> items = Items(50);
  std::erase_if(items, [](const DatasetItem& item) { return item.part == Part::kTest; });
  const std::set<std::string> drawn = Drawn(0.1, 3, items);
  ASSERT_TRUE(SplitByPatient(0.1, 3, &items).ok());
  std::set<std::string> split;
  for (const DatasetItem& item : items) {
    if (item.part == Part::kTest) split.insert(item.path);
  }
  EXPECT_EQ(split.size(), drawn.size());
  EXPECT_NE(split, drawn);
}

TEST(ValidationPartTest, NoneWhereNoneIsWantedOrPatientsAreTooFew) {
  EXPECT_THAT(Drawn(0, 3, Items(50)), IsEmpty());
  EXPECT_THAT(Drawn(0.1, 3, Items(1)), IsEmpty());  // One patient a grade.
  EXPECT_EQ(Drawn(0.1, 3, Items(2)).size(), 2u * kGrades);  // Of two, one at the least.
  EXPECT_THAT(Drawn(0.1, 3, {}), IsEmpty());
}

}  // namespace
}  // namespace fovea
