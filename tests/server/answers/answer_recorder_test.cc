#include "server/answers/answer_recorder.h"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <atomic>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/file.h"
#include "tests/testing/await.h"

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr char kVersion[] = "models/dr/versions/1";

class AnswerRecorderTest : public testing::Test {
 protected:
  AnswerRecorderTest() : dir_(*MakeTempDir("fovea-recorder")) {
    options_.path = dir_ + "/answers.db";
    Open();
  }
  ~AnswerRecorderTest() override {
    recorder_.reset();
    RemoveAll(dir_).IgnoreError();
  }

  // Over the same file; metrics begin anew, as in a new process.
  void Open() {
    recorder_.reset();
    metrics_ = std::make_unique<Metrics>();
    recorder_ = AnswerRecorder::Open(
                    options_, [](const std::string&) { return std::vector<int64_t>{60, 40}; },
                    metrics_.get())
                    .value();
  }
  void Record(const std::string& id, int grade, absl::Time time = absl::Now()) {
    recorder_->Record({id, kVersion, 2, grade, time});
  }
  absl::Status Grade(const std::string& id, int grade) {
    return recorder_->SubmitFeedback({id, grade, ""}).status();
  }
  std::vector<int64_t> Answered() {
    return recorder_->Tally(kVersion).value_or(AnswerTally()).answered;
  }
  std::string MetricsText() const {
    return prometheus::TextSerializer().Serialize(metrics_->registry()->Collect());
  }

  const std::string dir_;
  AnswerOptions options_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<AnswerRecorder> recorder_;
};

TEST_F(AnswerRecorderTest, FeedbackFindsAnAnswerThatHasJustBeenGiven) {
  for (int i = 0; i < 200; ++i) {
    const std::string id = absl::StrCat("r-", i);
    Record(id, i % 2);
    EXPECT_TRUE(Grade(id, 1).ok()) << i;
  }
  EXPECT_THAT(Answered(), ElementsAre(100, 100));
}

TEST_F(AnswerRecorderTest, ManyThreadsRecordAndGiveFeedback) {
  constexpr int kThreads = 4, kEach = 100;
  std::atomic<int> failed = 0;
  {
    std::vector<Thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back("caller", [&, t] {
        for (int i = 0; i < kEach; ++i) {
          const std::string id = absl::StrCat(t, "/", i);
          Record(id, i % 2);
          // Also of an id that all of them grade at once.
          Record("shared", 0);
          if (!Grade(id, 0).ok() || !Grade("shared", t % 2).ok()) ++failed;
        }
      });
    }
  }
  EXPECT_EQ(failed, 0);
  EXPECT_THAT(Answered(), ElementsAre(kThreads * kEach / 2 + 1, kThreads * kEach / 2));
}

TEST_F(AnswerRecorderTest, ARestartLosesNothingAndShowsTheSameMetrics) {
  for (int i = 0; i < 60; ++i) Record(absl::StrCat("r-", i), i < 30 ? 0 : 1);
  ASSERT_TRUE(Grade("r-0", 0).ok());
  ASSERT_TRUE(Grade("r-1", 1).ok());
  for (const bool restarted : {false, true}) {
    if (restarted) Open();
    const std::string text = MetricsText();
    const std::string of = "model=\"dr\",version=\"1\"}";
    EXPECT_THAT(text, HasSubstr(absl::StrCat("fovea_live_answers{grade=\"1\",", of, " 30")));
    EXPECT_THAT(text, HasSubstr(absl::StrCat("fovea_live_feedback{", of, " 2")));
    EXPECT_THAT(text, HasSubstr(absl::StrCat("fovea_live_accuracy{", of, " 0.5")));
    EXPECT_THAT(text, HasSubstr("fovea_live_confusion{answered=\"0\",model=\"dr\",true=\"1\","
                                "version=\"1\"} 1"));
    EXPECT_THAT(text, HasSubstr("fovea_live_population_stability_index{"));
  }
}

TEST_F(AnswerRecorderTest, WhatFindsNoRoomIsCountedAndNobodyWaits) {
  options_.queue = 0;
  Open();
  for (int i = 0; i < 5; ++i) Record(absl::StrCat("r-", i), 0);
  EXPECT_THAT(MetricsText(), HasSubstr("fovea_answers_dropped_total{reason=\"queue_full\"} 5"));
  EXPECT_TRUE(absl::IsNotFound(Grade("r-0", 0)));
}

TEST_F(AnswerRecorderTest, WhatCannotBeStoredIsCounted) {
  SQLite::Database(options_.path, SQLite::OPEN_READWRITE).exec("DROP TABLE answers");
  Record("a", 0);
  Record("b", 0);
  EXPECT_FALSE(Grade("a", 0).ok());
  EXPECT_THAT(MetricsText(), HasSubstr("fovea_answers_dropped_total{reason=\"not_stored\"} 2"));
}

TEST_F(AnswerRecorderTest, OldAnswersGoByThemselves) {
  options_.days = 1000;
  Open();
  Record("old", 0, absl::Now() - absl::Hours(24 * 100));
  Record("new", 1);
  ASSERT_THAT(Answered(), ElementsAre(1, 1));
  options_.days = 90;
  Open();  // Prunes at once.
  EXPECT_TRUE(AwaitCondition([&] { return Answered() == std::vector<int64_t>{0, 1}; }));
  EXPECT_TRUE(absl::IsNotFound(Grade("old", 0)));
  EXPECT_TRUE(Grade("new", 0).ok());
}

TEST_F(AnswerRecorderTest, MoreThanTheMostGoByThemselves) {
  for (int i = 0; i < 1200; ++i) Record(absl::StrCat("r-", i), i < 1190 ? 0 : 1);
  ASSERT_THAT(Answered(), ElementsAre(1190, 10));
  options_.most = 10;
  Open();
  EXPECT_TRUE(AwaitCondition([&] { return Answered() == std::vector<int64_t>{0, 10}; }));
  EXPECT_TRUE(AwaitCondition([&] {
    return absl::StrContains(MetricsText(),
                             "fovea_live_answers{grade=\"0\",model=\"dr\",version=\"1\"} 0");
  }));
}

TEST_F(AnswerRecorderTest, NoDaysOrNoRowsKeepNothing) {
  Record("a", 0);
  ASSERT_THAT(Answered(), ElementsAre(1, 0));
  options_.days = 0;
  Open();
  EXPECT_FALSE(std::filesystem::exists(options_.path));
  EXPECT_THAT(MetricsText(), Not(HasSubstr("fovea_live_answers{")));
  Record("b", 0);
  EXPECT_FALSE(recorder_->Tally(kVersion).has_value());
  const absl::Status status = Grade("b", 0);
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("answers-days"));
}

TEST_F(AnswerRecorderTest, ADamagedFileIsPutAside) {
  recorder_.reset();
  ASSERT_TRUE(WriteFileAtomic(options_.path, std::string(8192, 'x')).ok());
  Open();
  Record("a", 1);
  EXPECT_THAT(Answered(), ElementsAre(0, 1));
  EXPECT_TRUE(std::filesystem::exists(options_.path + ".damaged"));
}

}  // namespace
}  // namespace fovea
