#include "server/answers/answer_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr char kVersion[] = "models/dr/versions/1";
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class AnswerStoreTest : public testing::Test {
 protected:
  AnswerStoreTest() : dir_(*MakeTempDir("fovea-answers")) {
    Reopen();
    EXPECT_TRUE(store_->AddVersion({kVersion, 3, {5, 3, 2}}).ok());
  }
  ~AnswerStoreTest() override { RemoveAll(dir_).IgnoreError(); }

  void Reopen() {
    store_.reset();
    store_ = AnswerStore::Open(path()).value();
  }
  std::string path() const { return dir_ + "/answers.db"; }

  static Answer Of(const std::string& id, int grade, absl::Time time = kNow,
                   const std::string& version = kVersion) {
    return {id, version, 3, grade, time};
  }
  AnswerTally Tally(const std::string& version = kVersion) {
    return store_->Tally(version).value().value_or(AnswerTally());
  }
  absl::Status Grade(const std::string& id, int grade) {
    return store_->SetFeedback({id, grade, "anna"}, kNow).status();
  }

  const std::string dir_;
  std::unique_ptr<AnswerStore> store_;
};

TEST_F(AnswerStoreTest, CountsAnswersAndFeedbackOverReopening) {
  ASSERT_TRUE(store_->Add({Of("a", 0), Of("b", 2, kNow + absl::Seconds(1)), Of("c", 2),
                           Of("d", kUngradable)})
                  .ok());
  const auto graded = store_->SetFeedback({"b", 1, "anna"}, kNow);
  ASSERT_TRUE(graded.ok()) << graded.status();
  EXPECT_EQ(graded->version, kVersion);
  EXPECT_EQ(graded->answered, 2);
  EXPECT_EQ(graded->true_grade, 1);
  for (const bool reopened : {false, true}) {
    if (reopened) Reopen();
    const AnswerTally tally = Tally();
    EXPECT_EQ(tally.num_classes, 3);
    EXPECT_THAT(tally.reference, ElementsAre(5, 3, 2));
    EXPECT_THAT(tally.answered, ElementsAre(1, 0, 2));
    EXPECT_EQ(tally.ungradable, 1);
    EXPECT_THAT(tally.confusion, ElementsAre(0, 0, 0, 0, 0, 1, 0, 0, 0));
    EXPECT_EQ(tally.since, kNow);
  }
}

TEST_F(AnswerStoreTest, NewerFeedbackReplacesOlder) {
  ASSERT_TRUE(store_->Add({Of("a", 0)}).ok());
  ASSERT_TRUE(Grade("a", 1).ok());
  ASSERT_TRUE(Grade("a", 2).ok());
  EXPECT_THAT(Tally().confusion, ElementsAre(0, 0, 0, 0, 0, 0, 1, 0, 0));
  EXPECT_THAT(Tally().answered, ElementsAre(1, 0, 0));
}

TEST_F(AnswerStoreTest, TheLastAnswerOfAnIdWinsWithoutTheFeedbackOfTheFirst) {
  ASSERT_TRUE(store_->Add({Of("a", 0)}).ok());
  ASSERT_TRUE(Grade("a", 0).ok());
  ASSERT_TRUE(store_->Add({Of("a", 1), Of("a", 2)}).ok());
  EXPECT_THAT(Tally().answered, ElementsAre(0, 0, 1));
  EXPECT_THAT(Tally().confusion, ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 0));
}

TEST_F(AnswerStoreTest, RefusesWhatCannotBeFeedback) {
  ASSERT_TRUE(store_->Add({Of("a", 0), Of("u", kUngradable)}).ok());
  EXPECT_TRUE(absl::IsNotFound(Grade("never", 0)));
  EXPECT_TRUE(absl::IsInvalidArgument(Grade("a", 3)));
  EXPECT_TRUE(absl::IsInvalidArgument(Grade("a", -1)));
  EXPECT_THAT(std::string(Grade("a", 3).message()), HasSubstr("allowed are 0 to 2"));
  EXPECT_TRUE(absl::IsFailedPrecondition(Grade("u", 0)));
  EXPECT_THAT(Tally().confusion, ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 0));
}

TEST_F(AnswerStoreTest, VersionsAreCountedApart) {
  ASSERT_TRUE(store_->AddVersion({"models/dr/versions/2", 2, {}}).ok());
  ASSERT_TRUE(store_->Add({Of("a", 0), Of("b", 1, kNow, "models/dr/versions/2")}).ok());
  EXPECT_THAT(Tally().answered, ElementsAre(1, 0, 0));
  EXPECT_THAT(Tally("models/dr/versions/2").answered, ElementsAre(0, 1));
  EXPECT_THAT(*store_->Versions(), ElementsAre(kVersion, "models/dr/versions/2"));
  EXPECT_FALSE(store_->Tally("models/dr/versions/3").value().has_value());
}

TEST_F(AnswerStoreTest, PrunesWhatIsTooOldALittleAtATime) {
  std::vector<Answer> answers;
  for (int i = 0; i < 10; ++i) {
    answers.push_back(Of(absl::StrCat("old", i), 1, kNow - absl::Hours(48) + absl::Seconds(i)));
  }
  answers.push_back(Of("new", 0));
  ASSERT_TRUE(store_->Add(answers).ok());
  ASSERT_TRUE(Grade("old9", 1).ok());
  const absl::Time oldest = kNow - absl::Hours(24);
  const auto first = store_->Prune(oldest, 1000, 6);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->answers, 6);
  EXPECT_THAT(first->versions, ElementsAre(kVersion));
  EXPECT_THAT(Tally().answered, ElementsAre(1, 4, 0));
  EXPECT_EQ(Tally().since, kNow - absl::Hours(48) + absl::Seconds(6));
  EXPECT_EQ(store_->Prune(oldest, 1000, 6)->answers, 4);
  EXPECT_EQ(store_->Prune(oldest, 1000, 6)->answers, 0);
  EXPECT_THAT(Tally().answered, ElementsAre(1, 0, 0));
  EXPECT_THAT(Tally().confusion, ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_TRUE(absl::IsNotFound(Grade("old9", 1)));
}

TEST_F(AnswerStoreTest, PrunesTheFirstOfTooMany) {
  ASSERT_TRUE(store_->Add({Of("a", 0), Of("b", 1), Of("c", 2), Of("d", 2)}).ok());
  EXPECT_EQ(store_->Prune(absl::InfinitePast(), 1, 2)->answers, 2);
  EXPECT_EQ(store_->Prune(absl::InfinitePast(), 1, 2)->answers, 1);
  EXPECT_EQ(store_->Prune(absl::InfinitePast(), 1, 2)->answers, 0);
  EXPECT_THAT(Tally().answered, ElementsAre(0, 0, 1));
  EXPECT_TRUE(Grade("d", 0).ok());
}

TEST_F(AnswerStoreTest, RequestIdsAreNotInTheFileAndNobodyElseCanReadIt) {
  ASSERT_TRUE(store_->Add({Of("Mrs-Example-1931", 0)}).ok());
  EXPECT_TRUE(Grade("Mrs-Example-1931", 0).ok());
  store_.reset();
  EXPECT_THAT(ReadFile(path()).value(), Not(HasSubstr("Mrs-Example")));
  struct stat info;
  ASSERT_EQ(stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(AnswerStoreTest, DamagedFilesAreDataLoss) {
  store_.reset();
  ASSERT_TRUE(WriteFileAtomic(path(), std::string(8192, 'x')).ok());
  EXPECT_TRUE(absl::IsDataLoss(AnswerStore::Open(path()).status()));
}

}  // namespace
}  // namespace fovea
