#include "common/dataset/split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/random_stream.h"

namespace fovea {
namespace {

// Two photographs a patient, of equal or neighbouring grades, in the proportions of a screening.
std::vector<DatasetItem> TwoEyes(int patients) {
  std::vector<DatasetItem> items;
  for (int i = 0; i < patients; ++i) {
    const std::string id = absl::StrCat(i);
    const int grade = i % 20 == 0 ? 4 : i % 10 == 1 ? 2 : 0;
    items.push_back({.path = id + "_left.jpeg", .label = grade, .patient = id});
    items.push_back({.path = id + "_right.jpeg", .label = std::max(0, grade - 1), .patient = id});
  }
  return items;
}

std::set<std::string> TestPaths(const std::vector<DatasetItem>& items) {
  std::set<std::string> paths;
  for (const DatasetItem& item : items) {
    if (item.part == Part::kTest) paths.insert(item.path);
  }
  return paths;
}

TEST(SplitByPatient, NeverPutsAPatientOnBothSides) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<DatasetItem> items = TwoEyes(300);
    ASSERT_TRUE(SplitByPatient(0.2, seed, &items).ok());
    EXPECT_EQ(CountSharedPatients(items), 0);
  }
}

TEST(SplitByPatient, TakesTheShareOfEveryStratum) {
  std::vector<DatasetItem> items = TwoEyes(400);
  ASSERT_TRUE(SplitByPatient(0.25, 1, &items).ok());
  std::map<int, int> in_all;
  std::map<int, int> in_test;
  for (size_t i = 0; i < items.size(); i += 2) {  // The left eye has the higher grade.
    ++in_all[items[i].label];
    if (items[i].part == Part::kTest) ++in_test[items[i].label];
  }
  ASSERT_EQ(in_all.size(), 3u);
  for (const auto& [label, count] : in_all) {
    EXPECT_EQ(in_test[label], std::lround(count * 0.25)) << label;
  }
}

TEST(SplitByPatient, DependsOnSeedNotOnOrder) {
  std::vector<DatasetItem> items = TwoEyes(200);
  ASSERT_TRUE(SplitByPatient(0.2, 7, &items).ok());
  std::vector<DatasetItem> shuffled = TwoEyes(200);
  RandomStream random({99});
  for (size_t i = shuffled.size() - 1; i > 0; --i) {
    std::swap(shuffled[i], shuffled[random.Below(i)]);
  }
  for (DatasetItem& item : shuffled) item.part = Part::kTest;  // What was there does not matter.
  ASSERT_TRUE(SplitByPatient(0.2, 7, &shuffled).ok());
  EXPECT_EQ(TestPaths(items), TestPaths(shuffled));

  std::vector<DatasetItem> other_seed = TwoEyes(200);
  ASSERT_TRUE(SplitByPatient(0.2, 8, &other_seed).ok());
  EXPECT_NE(TestPaths(items), TestPaths(other_seed));
}

TEST(SplitByPatient, IsFixed) {
  // A published split must not change with a later version.
  std::vector<DatasetItem> items;
  for (int i = 0; i < 10; ++i) items.push_back({.path = absl::StrCat(i, ".png"), .label = i % 2});
  ASSERT_TRUE(SplitByPatient(0.4, 0, &items).ok());
  EXPECT_THAT(TestPaths(items), ::testing::ElementsAre("0.png", "1.png", "3.png", "4.png"));
}

TEST(SplitByPatient, KeepsRareGradesOnBothSides) {
  std::vector<DatasetItem> items = TwoEyes(40);
  items.push_back({.path = "x.jpg", .label = 3, .patient = "x"});
  items.push_back({.path = "y.jpg", .label = 3, .patient = "y"});
  items.push_back({.path = "z.jpg", .label = 5, .patient = "z"});
  ASSERT_TRUE(SplitByPatient(0.1, 0, &items).ok());
  EXPECT_NE(items[80].part, items[81].part);
  EXPECT_EQ(items[82].part, Part::kTrain);
}

TEST(SplitByPatient, TreatsUnknownPatientsOneByOne) {
  std::vector<DatasetItem> items;
  for (int i = 0; i < 50; ++i) items.push_back({.path = absl::StrCat(i, ".jpg")});
  ASSERT_TRUE(SplitByPatient(0.2, 0, &items).ok());
  EXPECT_EQ(TestPaths(items).size(), 10u);
}

TEST(SplitByPatient, RefusesSharesAndDataThatGiveNoTestPart) {
  std::vector<DatasetItem> items = TwoEyes(10);
  for (const double share : {0.0, 1.0, -0.1, 1.5, std::nan("")}) {
    EXPECT_FALSE(SplitByPatient(share, 0, &items).ok()) << share;
  }
  std::vector<DatasetItem> lone = TwoEyes(1);
  EXPECT_FALSE(SplitByPatient(0.2, 0, &lone).ok());
}

}  // namespace
}  // namespace fovea
