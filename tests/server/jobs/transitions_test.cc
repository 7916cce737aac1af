#include "server/jobs/transitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace fovea {
namespace {

using testing::HasSubstr;

TEST(JobStateTest, EveryPair) {
  const std::set<std::pair<v1::JobState, v1::JobState>> legal = {
      {v1::JOB_STATE_UNSPECIFIED, v1::JOB_STATE_QUEUED},
      {v1::JOB_STATE_QUEUED, v1::JOB_STATE_RUNNING},
      {v1::JOB_STATE_QUEUED, v1::JOB_STATE_CANCELLED},
      {v1::JOB_STATE_RUNNING, v1::JOB_STATE_SUCCEEDED},
      {v1::JOB_STATE_RUNNING, v1::JOB_STATE_FAILED},
      {v1::JOB_STATE_RUNNING, v1::JOB_STATE_CANCELLED},
      {v1::JOB_STATE_RUNNING, v1::JOB_STATE_CANCELLING},
      {v1::JOB_STATE_RUNNING, v1::JOB_STATE_QUEUED},
      {v1::JOB_STATE_CANCELLING, v1::JOB_STATE_CANCELLED},
  };
  for (int from = 0; from <= v1::JOB_STATE_CANCELLED; ++from) {
    for (int to = 0; to <= v1::JOB_STATE_CANCELLED; ++to) {
      const auto pair = std::make_pair(static_cast<v1::JobState>(from), static_cast<v1::JobState>(to));
      EXPECT_EQ(CheckTransition(pair.first, pair.second).ok(), legal.count(pair) == 1)
          << from << " -> " << to;
    }
  }
}

class TransitionsTest : public testing::Test {
 protected:
  TransitionsTest() {
    v1::TrainingSpec spec;
    spec.set_max_attempts(2);
    v1::Job wanted;
    *wanted.mutable_spec() = spec;
    row_ = NewJob("jobs/j", wanted, &events_);
  }
  void Begin() { ASSERT_TRUE(BeginAttempt("lease", &row_, &events_).ok()); }
  absl::Status Report(internal::v1::Outcome::Kind kind) {
    internal::v1::Report report;
    report.set_sequence(row_.attempt.last_report + 1);
    report.mutable_outcome()->set_kind(kind);
    return ApplyReport(row_.attempt.attempt, report, &row_, &events_);
  }

  JobEvents events_;
  JobRow row_;
};

TEST_F(TransitionsTest, LosesUntilTheLimit) {
  Begin();
  ASSERT_TRUE(Lose("crash", "tail", &row_, &events_).ok());
  EXPECT_EQ(row_.job.state(), v1::JOB_STATE_QUEUED);
  EXPECT_TRUE(row_.queue_in_front);
  Begin();
  EXPECT_EQ(row_.job.attempt(), 2);
  ASSERT_TRUE(Lose("crash", "tail", &row_, &events_).ok());
  EXPECT_EQ(row_.job.state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(row_.job.error(), HasSubstr("tail"));
  EXPECT_EQ(events_.back().finished().error(), row_.job.error());
}

TEST_F(TransitionsTest, DrainingDoesNotCount) {
  for (int i = 0; i < 5; ++i) {
    Begin();
    ASSERT_TRUE(Requeue("drained", &row_, &events_).ok());
  }
  EXPECT_EQ(row_.lost, 0);
  EXPECT_EQ(row_.job.state(), v1::JOB_STATE_QUEUED);
}

TEST_F(TransitionsTest, CancelComesTooLateForAReportedEnd) {
  Begin();
  ASSERT_TRUE(Report(internal::v1::Outcome::KIND_SUCCEEDED).ok());
  ASSERT_TRUE(RequestCancel(&row_, &events_).ok());
  EXPECT_EQ(row_.job.state(), v1::JOB_STATE_RUNNING);
  EXPECT_TRUE(EndIsReported(row_));
}

TEST_F(TransitionsTest, EveryEndOfACancellingJobIsCancelled) {
  Begin();
  ASSERT_TRUE(RequestCancel(&row_, &events_).ok());
  JobRow drained = row_, lost = row_;
  ASSERT_TRUE(Requeue("", &drained, &events_).ok());
  ASSERT_TRUE(Lose("", "", &lost, &events_).ok());
  EXPECT_EQ(drained.job.state(), v1::JOB_STATE_CANCELLED);
  EXPECT_EQ(lost.job.state(), v1::JOB_STATE_CANCELLED);
  EXPECT_FALSE(Succeed({}, &lost, &events_).ok());
}

TEST_F(TransitionsTest, AReportIsAppliedOnceAndNotAfterTheEnd) {
  Begin();
  internal::v1::Report report;
  report.set_sequence(1);
  report.mutable_event()->mutable_epoch_finished()->set_epoch(1);
  ASSERT_TRUE(ApplyReport(1, report, &row_, &events_).ok());
  const size_t count = events_.size();
  ASSERT_TRUE(ApplyReport(1, report, &row_, &events_).ok());
  EXPECT_EQ(events_.size(), count);
  EXPECT_TRUE(absl::IsFailedPrecondition(ApplyReport(2, report, &row_, &events_)));
  ASSERT_TRUE(Report(internal::v1::Outcome::KIND_FAILED).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Report(internal::v1::Outcome::KIND_SUCCEEDED)));
}

TEST_F(TransitionsTest, ATrainerCannotTellOfStates) {
  Begin();
  internal::v1::Report report;
  report.set_sequence(1);
  report.mutable_event()->mutable_finished()->set_state(v1::JOB_STATE_SUCCEEDED);
  EXPECT_TRUE(absl::IsInvalidArgument(ApplyReport(1, report, &row_, &events_)));
}

}  // namespace
}  // namespace fovea
