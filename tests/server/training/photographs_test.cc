#include "server/training/photographs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/base/sha256.h"
#include "tests/server/training/fixture.h"

namespace fovea {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class PhotographsTest : public testing::Test {
 protected:
  PhotographsTest()
      : items_(PaintItems(temp_.path(), 24)), attempt_(MakeAttempt(temp_.path(), items_)) {}

  absl::StatusOr<Photographs> Open(double share) {
    attempt_.options.recipe.validation_share = share;
    return OpenPhotographs(attempt_, stop_, &sink_);
  }

  // Leaves one train patient a grade.
  void MergePatients() {
    for (DatasetItem& item : items_) {
      if (item.part == Part::kTrain) item.patient = absl::StrCat("all of grade ", item.label);
    }
    ASSERT_TRUE(WriteIndex(attempt_.index_path, items_).ok());
  }

  const TempDir temp_;
  std::vector<DatasetItem> items_;
  Attempt attempt_;
  StopSignal stop_;
  RecordingSink sink_;
};

// What jobs of before there was a validation part have in their checkpoints.
TEST_F(PhotographsTest, TheDigestWithoutAValidationPartIsThatOfTheTwoParts) {
  Sha256 digest;
  for (size_t i = 0; i < items_.size(); ++i) {
    digest.Update(absl::StrCat(i, " ", items_[i].sha256, " ", items_[i].label, " ",
                               items_[i].part == Part::kTrain ? 1 : 0, "\n"));
  }
  const std::string expected = digest.FinishHex();
  const absl::StatusOr<Photographs> whole = Open(0);
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(whole->digest, expected);
  EXPECT_EQ(whole->train.size(), 18u);
  EXPECT_THAT(whole->validation, IsEmpty());
  EXPECT_THAT(sink_.Of<Warning>(), IsEmpty());
  EXPECT_NE(Open(0.34)->digest, expected);
}

TEST_F(PhotographsTest, TheValidationPartIsTakenOutOfTheTrainPart) {
  const absl::StatusOr<Photographs> photographs = Open(0.34);  // 2 of 6 a grade.
  ASSERT_TRUE(photographs.ok()) << photographs.status();
  EXPECT_THAT(photographs->train_class_counts, ElementsAre(4, 4, 4));
  EXPECT_THAT(photographs->validation_class_counts, ElementsAre(2, 2, 2));
  EXPECT_THAT(photographs->test_class_counts, ElementsAre(2, 2, 2));
  std::vector<int> times(items_.size());
  for (const auto* samples : {&photographs->train, &photographs->validation, &photographs->test}) {
    for (const Sample& sample : *samples) ++times[sample.item];
  }
  EXPECT_THAT(times, testing::Each(1));
}

TEST_F(PhotographsTest, BadPhotographsAreInNoPart) {
  const absl::StatusOr<Photographs> before = Open(0.34);
  ASSERT_TRUE(before.ok()) << before.status();
  const size_t bad = before->validation[0].item;
  ASSERT_TRUE(
      WriteFileAtomic(JoinPath(attempt_.files.dir, items_[bad].path), "no photograph").ok());
  attempt_.cache_dir = JoinPath(temp_.path(), "another");
  attempt_.options.max_bad_image_share = 0.1;
  const absl::StatusOr<Photographs> after = Open(0.34);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->validation.size(), 5u);
  EXPECT_EQ(after->train.size(), 12u);  // The draw is the same.
}

TEST_F(PhotographsTest, TooFewPatientsAreAWarningOrAnErrorByTheRecipe) {
  MergePatients();
  const absl::StatusOr<Photographs> photographs = Open(0.1);
  ASSERT_TRUE(photographs.ok()) << photographs.status();
  EXPECT_EQ(photographs->train.size(), 18u);
  ASSERT_EQ(sink_.Of<Warning>().size(), 1u);
  EXPECT_THAT(sink_.Of<Warning>()[0].message,
              AllOf(HasSubstr("too few patients"), HasSubstr("will not be calibrated")));
  attempt_.options.recipe.early_stopping_patience = 2;
  const absl::Status status = Open(0.1).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), StartsWith("recipe.validation_share:"));
}

}  // namespace
}  // namespace fovea
