// Processes that are killed at a bad moment: nothing acknowledged is lost, and jobs end as if
// nothing had happened.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <signal.h>

#include "tests/integration/service_fixture.h"

namespace fovea {
namespace {

using testing::HasSubstr;

class RecoveryTest : public ServiceTest {
 protected:
  // What a job that nothing happens to ends with.
  void SetUp() override {
    Start();
    Push();
    const v1::Job job = AwaitEnd(CreateJob(2, "undisturbed"));
    ASSERT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.error();
    figures_ = Figures(job);
    weights_ = GetVersion("models/undisturbed").weights_sha256();
  }

  void ExpectUndisturbed(const v1::Job& job) {
    EXPECT_EQ(Figures(job), figures_) << job.error();
    EXPECT_EQ(GetVersion("models/disturbed").weights_sha256(), weights_);
  }

  std::string figures_;
  std::string weights_;
};

TEST_F(RecoveryTest, TrainerKilledMidEpoch) {
  const std::string name = CreateJob(2, "disturbed");
  ASSERT_TRUE(AwaitEpochUnderWay(name, 2));
  const std::vector<pid_t> trainers = TrainersOf(data_dir());
  ASSERT_EQ(trainers.size(), 1u);
  kill(trainers[0], SIGKILL);
  const v1::Job job = AwaitEnd(name);
  EXPECT_EQ(job.attempt(), 2);
  ExpectUndisturbed(job);
}

TEST_F(RecoveryTest, ServerKilledMidEpochWhileTheTrainerGoesOn) {
  const std::string name = CreateJob(2, "disturbed");
  ASSERT_TRUE(AwaitEpochUnderWay(name, 2));
  Start();  // Kills the one before.
  const v1::Job job = AwaitEnd(name);
  EXPECT_EQ(job.attempt(), 1);
  ExpectUndisturbed(job);
}

TEST_F(RecoveryTest, BothKilledMidEpoch) {
  const std::string name = CreateJob(2, "disturbed");
  ASSERT_TRUE(AwaitEpochUnderWay(name, 2));
  fovead_->Kill();
  KillTrainersOf(data_dir());
  Start();
  const v1::Job job = AwaitEnd(name);
  EXPECT_EQ(job.attempt(), 2);
  ExpectUndisturbed(job);
}

TEST_F(RecoveryTest, TerminationDrainsTheTrainerAndTellsTheWatchers) {
  const std::string name = CreateJob(2, "disturbed");
  ASSERT_TRUE(AwaitEpochUnderWay(name, 2));
  grpc::ClientContext context;
  v1::WatchJobRequest request;
  request.set_name(name);
  const auto watch = training_->WatchJob(&context, request);
  v1::JobEvent event;
  ASSERT_TRUE(watch->Read(&event));
  EXPECT_EQ(fovead_->Terminate(), 0);
  while (watch->Read(&event)) {
  }
  const grpc::Status status = watch->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("from_sequence="));
  EXPECT_TRUE(TrainersOf(data_dir()).empty());
  Start();
  ExpectUndisturbed(AwaitEnd(name));
}

TEST_F(RecoveryTest, AcknowledgedJobsSurviveAndRequestIdsStayKnown) {
  v1::CreateJobRequest request;
  request.mutable_spec()->set_dataset("datasets/eyes");
  request.mutable_spec()->mutable_recipe()->set_epochs(500);
  request.set_request_id("retry-me");
  v1::Job job;
  {
    grpc::ClientContext context;
    ASSERT_TRUE(training_->CreateJob(&context, request, &job).ok());
  }
  Start();
  EXPECT_EQ(GetJob(job.name()).request_id(), "retry-me");
  grpc::ClientContext context;
  v1::Job again;
  ASSERT_TRUE(training_->CreateJob(&context, request, &again).ok());
  EXPECT_EQ(again.name(), job.name());
  EXPECT_EQ(Cli({"job", "cancel", job.name()}).exit_code, 0);
  EXPECT_EQ(AwaitEnd(job.name()).state(), v1::JOB_STATE_CANCELLED);
}

}  // namespace
}  // namespace fovea
