#include "server/jobs/supervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include "common/base/file.h"
#include "server/jobs/job_state.h"
#include "tests/testing/job_fixture.h"

namespace fovea {
namespace {

using testing::HasSubstr;
using testing::Not;

class SupervisorTest : public testing::Test {
 protected:
  SupervisorTest() : dir_(*MakeTempDir("fovea-supervisor")), options_(FakeJobOptions(dir_)) {}
  ~SupervisorTest() override {
    for (const int64_t pid : pids_) kill(static_cast<pid_t>(pid), SIGKILL);
    RemoveAll(dir_).IgnoreError();
  }

  void Boot() { server_ = std::make_unique<JobServer>(options_); }
  void Crash() { server_.reset(); }

  // Waits for the first epoch of a job: its trainer runs and is attached.
  v1::Job AwaitEpoch(const std::string& id, int attempt = 1) {
    return server_->Await(id, [=](const v1::Job& job) {
      return job.has_last_epoch() && job.attempt() >= attempt;
    });
  }
  int64_t PidOf(const std::string& id) {
    const absl::StatusOr<std::unique_ptr<JobStore>> store = JobStore::Open(options_.store_path, "cpu");
    const int64_t pid = (*store)->GetRow(id)->attempt.pid;
    pids_.push_back(pid);
    return pid;
  }

  const std::string dir_;
  JobOptions options_;
  std::vector<int64_t> pids_;
  std::unique_ptr<JobServer> server_;
};

TEST_F(SupervisorTest, SucceedsAndPublishes) {
  Boot();
  const std::string id = server_->Make("succeed");
  const v1::Job job = server_->AwaitState(id, v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.DebugString();
  EXPECT_EQ(job.result().model_version(), "models/succeed/versions/1");
  EXPECT_EQ(job.result().best_epoch(), 2);
  EXPECT_EQ(job.last_epoch().epoch(), 2);
  EXPECT_TRUE(job.has_start_time() && job.has_end_time());
  const std::vector<v1::JobEvent> events = server_->Events(id);
  EXPECT_TRUE(events.back().has_finished());
  EXPECT_EQ(events.back().finished().result().model_version(), "models/succeed/versions/1");
  int steps = 0;
  for (const v1::JobEvent& event : events) steps += event.has_step_progress();
  EXPECT_EQ(steps, 1) << "older progress is replaced";
  struct stat info;
  ASSERT_EQ(stat(JoinPath(options_.jobs_dir, id + "/attempt.pb").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(SupervisorTest, FailsAtOnceForItsOwnReasons) {
  Boot();
  const v1::Job job = server_->AwaitState(server_->Make("fail"), v1::JOB_STATE_FAILED);
  EXPECT_EQ(job.error(), "the loss is NaN");
  EXPECT_EQ(job.attempt(), 1);
}

TEST_F(SupervisorTest, CrashGoesOnThenGivesUp) {
  Boot();
  v1::Job job = server_->AwaitState(server_->Make("crash-once"), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.error();
  EXPECT_EQ(job.attempt(), 2);
  job = server_->AwaitState(server_->Make("crash", 2), v1::JOB_STATE_FAILED);
  EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(job.attempt(), 2);
  EXPECT_THAT(job.error(), HasSubstr("signal 11"));
}

TEST_F(SupervisorTest, TheLogIsInTheErrorWithoutControlCharacters) {
  Boot();
  const v1::Job job = server_->AwaitState(server_->Make("exit-early", 1), v1::JOB_STATE_FAILED);
  EXPECT_THAT(job.error(), HasSubstr("exited with code 7"));
  EXPECT_THAT(job.error(), HasSubstr("no such ?[31mdevice"));
  EXPECT_THAT(job.error(), Not(HasSubstr("\x1b")));
}

TEST_F(SupervisorTest, AProgramThatIsNotThereFailsTheJob) {
  options_.trainer_program = "/nonexistent/trainer";
  Boot();
  const v1::Job job = server_->AwaitState(server_->Make("succeed"), v1::JOB_STATE_FAILED);
  EXPECT_THAT(job.error(), HasSubstr("/nonexistent/trainer: No such file"));
}

TEST_F(SupervisorTest, OneJobADeviceInOrder) {
  Boot();
  const std::string first = server_->Make("wait");
  const std::string second = server_->Make("succeed");
  const std::string third = server_->Make("succeed");
  AwaitEpoch(first);
  EXPECT_EQ(server_->jobs().Get(second)->queue_position(), 1);
  EXPECT_EQ(server_->jobs().Get(third)->queue_position(), 2);
  EXPECT_EQ(server_->jobs().Cancel(third)->state(), v1::JOB_STATE_CANCELLED);
  EXPECT_EQ(server_->jobs().Cancel(first)->state(), v1::JOB_STATE_CANCELLING);
  EXPECT_EQ(server_->AwaitState(first, v1::JOB_STATE_CANCELLED).state(), v1::JOB_STATE_CANCELLED);
  EXPECT_EQ(server_->AwaitState(second, v1::JOB_STATE_SUCCEEDED).state(), v1::JOB_STATE_SUCCEEDED);
}

TEST_F(SupervisorTest, CancelKillsOneThatDoesNotListen) {
  Boot();
  const std::string id = server_->Make("ignore");
  AwaitEpoch(id);
  server_->jobs().Cancel(id).IgnoreError();
  EXPECT_EQ(server_->AwaitState(id, v1::JOB_STATE_CANCELLED).state(), v1::JOB_STATE_CANCELLED);
}

TEST_F(SupervisorTest, ASilentTrainerIsStopped) {
  options_.silence_limit = absl::Milliseconds(500);
  Boot();
  const v1::Job job = server_->AwaitState(server_->Make("silent", 1), v1::JOB_STATE_FAILED);
  EXPECT_THAT(job.error(), HasSubstr("no sign of life for 500ms"));
}

TEST_F(SupervisorTest, ReportsAreStoredOnce) {
  Boot();
  const std::string id = server_->Make("duplicate");
  const v1::Job job = server_->AwaitState(id, v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.error();
  int epochs = 0;
  for (const v1::JobEvent& event : server_->Events(id)) epochs += event.has_epoch_finished();
  EXPECT_EQ(epochs, 2);
}

TEST_F(SupervisorTest, ATrainerThatDoesNotExitFreesItsDevice) {
  Boot();
  const std::string first = server_->Make("linger");
  const std::string second = server_->Make("succeed");
  EXPECT_EQ(server_->AwaitState(first, v1::JOB_STATE_SUCCEEDED).state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(server_->AwaitState(second, v1::JOB_STATE_SUCCEEDED).state(), v1::JOB_STATE_SUCCEEDED);
}

TEST_F(SupervisorTest, ARestartTakesTheTrainerOver) {
  Boot();
  const std::string id = server_->Make("wait");
  AwaitEpoch(id);
  const int64_t pid = PidOf(id);
  Crash();
  Boot();
  EXPECT_EQ(server_->jobs().Get(id)->state(), v1::JOB_STATE_RUNNING);
  EXPECT_EQ(PidOf(id), pid);
  // Only an attached trainer hears this; by signals alone it would be lost, not drained.
  server_->jobs().Shutdown(absl::Seconds(30));
  v1::Job job = *server_->jobs().Get(id);
  EXPECT_EQ(job.state(), v1::JOB_STATE_QUEUED);
  EXPECT_EQ(job.attempt(), 1);
  Crash();
  Boot();
  job = AwaitEpoch(id, 2);
  EXPECT_EQ(job.attempt(), 2);
  server_->jobs().Cancel(id).IgnoreError();
  EXPECT_EQ(server_->AwaitState(id, v1::JOB_STATE_CANCELLED).state(), v1::JOB_STATE_CANCELLED);
}

TEST_F(SupervisorTest, ATrainerThatDiedMeanwhileIsLost) {
  Boot();
  const std::string id = server_->Make("wait", 1);
  AwaitEpoch(id);
  const int64_t pid = PidOf(id);
  Crash();
  ASSERT_EQ(kill(static_cast<pid_t>(pid), SIGKILL), 0);
  Boot();
  const v1::Job job = server_->AwaitState(id, v1::JOB_STATE_FAILED);
  EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
}

TEST_F(SupervisorTest, SigkillOfTheTrainerStartsAnother) {
  Boot();
  const std::string id = server_->Make("wait");
  AwaitEpoch(id);
  const std::string behind = server_->Make("succeed");
  ASSERT_EQ(kill(static_cast<pid_t>(PidOf(id)), SIGKILL), 0);
  const v1::Job job = server_->Await(id, [](const v1::Job& j) { return j.attempt() == 2; });
  EXPECT_EQ(job.attempt(), 2);
  EXPECT_EQ(server_->jobs().Get(behind)->state(), v1::JOB_STATE_QUEUED) << "the lost one goes first";
  server_->jobs().Cancel(id).IgnoreError();
  EXPECT_EQ(server_->AwaitState(behind, v1::JOB_STATE_SUCCEEDED).state(), v1::JOB_STATE_SUCCEEDED);
}

TEST_F(SupervisorTest, CancelAgainstSuccessEndsOneWay) {
  Boot();
  for (int i = 0; i < 20; ++i) {
    const std::string id = server_->Make("succeed");
    server_->Await(id, [i](const v1::Job& job) { return job.last_sequence() >= 2 + i % 10; });
    const absl::StatusOr<v1::Job> answer = server_->jobs().Cancel(id);
    ASSERT_TRUE(answer.ok());
    const v1::Job job = server_->AwaitState(id, v1::JOB_STATE_CANCELLED);
    if (answer->state() == v1::JOB_STATE_SUCCEEDED) {
      EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED);
    } else {
      EXPECT_EQ(job.state(), v1::JOB_STATE_CANCELLED);
      EXPECT_EQ(job.result().model_version(), "");
    }
    int ends = 0;
    for (const v1::JobEvent& event : server_->Events(id)) ends += event.has_finished();
    EXPECT_EQ(ends, 1);
  }
}

TEST_F(SupervisorTest, DeleteTakesTheFolder) {
  Boot();
  const std::string running = server_->Make("wait");
  AwaitEpoch(running);
  EXPECT_TRUE(absl::IsFailedPrecondition(server_->jobs().Delete(running)));
  server_->jobs().Cancel(running).IgnoreError();
  server_->AwaitState(running, v1::JOB_STATE_CANCELLED);
  EXPECT_TRUE(server_->jobs().Delete(running).ok());
  EXPECT_TRUE(absl::IsNotFound(server_->jobs().Get(running).status()));
  struct stat info;
  EXPECT_NE(stat(JoinPath(options_.jobs_dir, running).c_str(), &info), 0);
}

TEST_F(SupervisorTest, AWrongLeaseIsRefused) {
  Boot();
  const std::string id = server_->Make("wait");
  AwaitEpoch(id);
  internal::v1::Hello hello;
  hello.set_job("jobs/" + id);
  hello.set_attempt(1);
  hello.set_lease(std::string(32, '0'));
  EXPECT_TRUE(absl::IsPermissionDenied(server_->jobs().Attach(hello, nullptr).status()));
  hello.set_lease("");
  EXPECT_TRUE(absl::IsPermissionDenied(server_->jobs().Attach(hello, nullptr).status()));
  server_->jobs().Shutdown(absl::Seconds(30));
}

}  // namespace
}  // namespace fovea
