// `fovea job watch`: plain and JSON output, reconnecting, detaching, exit codes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/client/fake_server.h"
#include "tests/client/program.h"

namespace fovea::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

v1::JobEvent State(v1::JobState state) {
  v1::JobEvent event;
  event.set_attempt(1);
  event.mutable_state_changed()->set_to(state);
  return event;
}

v1::JobEvent Epoch(int number) {
  v1::JobEvent event;
  v1::EpochFinished* epoch = event.mutable_epoch_finished();
  epoch->set_phase(v1::PHASE_HEAD);
  epoch->set_epoch(number);
  epoch->set_epochs(2);
  epoch->set_learning_rate(0.001);
  epoch->mutable_train()->set_loss(1.5);
  epoch->mutable_train()->set_accuracy(0.5);
  epoch->mutable_test()->set_loss(1.25);
  epoch->mutable_test()->set_accuracy(0.75);
  epoch->set_majority_baseline(0.734);
  epoch->set_test_kappa(0.25);
  epoch->set_images_per_second(30);
  epoch->set_train_seconds(60);
  epoch->set_test_seconds(5);
  epoch->set_best(number == 1);
  return event;
}

v1::JobEvent End(v1::JobState state) {
  v1::JobEvent event;
  event.mutable_finished()->set_state(state);
  if (state == v1::JOB_STATE_FAILED) event.mutable_finished()->set_error("loss: NaN at epoch 2");
  v1::JobResult* result = event.mutable_finished()->mutable_result();
  result->set_best_epoch(1);
  result->set_best_test_accuracy(0.75);
  result->set_best_test_kappa(0.25);
  result->set_majority_baseline(0.734);
  result->set_model_version("models/dr/versions/2");
  return event;
}

class WatchTest : public ::testing::Test {
 protected:
  std::vector<std::string> Watch(std::vector<std::string> more = {}) const {
    std::vector<std::string> args = {"--server", server_.address(), "job", "watch", "j-1"};
    args.insert(args.end(), more.begin(), more.end());
    return args;
  }
  FakeServer server_;
};

TEST_F(WatchTest, PlainLines) {
  server_.training.AddEvent(State(v1::JOB_STATE_RUNNING));
  server_.training.AddEvent(Epoch(1));
  server_.training.AddEvent(Epoch(2));
  server_.training.AddEvent(End(v1::JOB_STATE_SUCCEEDED));
  const Finished run = RunFovea(Watch());
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(
      run.out,
      "jobs/j-1: resnet18 on , init random, recipe lab, 0 epochs (0 head), batch 0, lr 0\n"
      "running\n"
      "epoch 1/2 head: lr 0.001, train loss 1.5000 accuracy 0.5000, test loss 1.2500 accuracy "
      "0.7500 (baseline 0.7340), kappa 0.250, 30.0 images/s, 1:05, best\n"
      "epoch 2/2 head: lr 0.001, train loss 1.5000 accuracy 0.5000, test loss 1.2500 accuracy "
      "0.7500 (baseline 0.7340), kappa 0.250, 30.0 images/s, 1:05\n"
      "highest testing accuracy 0.750 at epoch 1 (kappa 0.250, baseline 0.734) → "
      "models/dr/versions/2\n");
}

TEST_F(WatchTest, ExitCodesOfFailedAndCancelledJobs) {
  server_.training.AddEvent(End(v1::JOB_STATE_FAILED));
  const Finished failed = RunFovea(Watch());
  EXPECT_EQ(failed.code, 6);
  EXPECT_THAT(failed.out, HasSubstr("failed: loss: NaN at epoch 2"));
  FakeServer other;
  other.training.AddEvent(End(v1::JOB_STATE_CANCELLED));
  EXPECT_EQ(RunFovea({"job", "watch", "jobs/j-1", "--server", other.address()}).code, 8);
}

TEST_F(WatchTest, ReconnectsFromTheNextSequence) {
  server_.training.AddEvent(State(v1::JOB_STATE_RUNNING));
  server_.training.AddEvent(Epoch(1));
  server_.training.AddEvent(End(v1::JOB_STATE_SUCCEEDED));
  server_.training.BreakOnceAfter(2);
  const Finished run = RunFovea(Watch({"-o", "json"}));
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(server_.training.watched_from(), ElementsAre(1, 3));
  EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 3) << "every event once";
  EXPECT_THAT(run.err, HasSubstr("lost (the server stops); trying again for 10m"));
  EXPECT_THAT(run.err, HasSubstr("connected again"));
}

TEST_F(WatchTest, GivesUpWithoutReconnect) {
  server_.training.AddEvent(State(v1::JOB_STATE_RUNNING));
  server_.training.BreakOnceAfter(1);
  const Finished run = RunFovea(Watch({"--reconnect-for", "0"}));
  EXPECT_EQ(run.code, 3);
  EXPECT_THAT(run.err, HasSubstr("fovea job watch jobs/j-1 --from-sequence 2"));
}

TEST_F(WatchTest, CtrlCDetachesAndSaysHowToGoOn) {
  server_.training.AddEvent(State(v1::JOB_STATE_RUNNING));
  server_.training.AddEvent(Epoch(1));
  Program program(Watch());
  ASSERT_TRUE(program.WaitForText("epoch 1/2"));
  program.Signal(SIGINT);
  const Finished run = program.Finish();
  EXPECT_EQ(run.code, 130);
  EXPECT_THAT(run.err, HasSubstr("fovea job watch jobs/j-1 --from-sequence 3"));
}

TEST_F(WatchTest, FromSequenceSkipsWhatWasSeen) {
  server_.training.AddEvent(State(v1::JOB_STATE_RUNNING));
  server_.training.AddEvent(Epoch(1));
  server_.training.AddEvent(End(v1::JOB_STATE_SUCCEEDED));
  const Finished run = RunFovea(Watch({"--from-sequence", "3", "-o", "json"}));
  EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 1);
  EXPECT_THAT(run.out, HasSubstr("\"best_epoch\":1"));
}

TEST_F(WatchTest, UnknownJobIsNotFound) {
  const Finished run = RunFovea({"--server", server_.address(), "job", "watch", "nope"});
  EXPECT_EQ(run.code, 5);
  EXPECT_THAT(run.err, HasSubstr("error: name: no job jobs/nope"));
  EXPECT_THAT(run.err, HasSubstr("fovea job list"));
}

}  // namespace
}  // namespace fovea::client
