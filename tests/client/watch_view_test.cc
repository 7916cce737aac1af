// The live display's state, on strings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_join.h"
#include "client/display/text.h"
#include "client/watch/live_view.h"

namespace fovea::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Style kUtf8{.colour = false, .utf8 = true};

std::string Region(const LiveState& state) { return absl::StrJoin(state.Lines(100), "\n"); }

v1::JobEvent Epoch(int number, double accuracy) {
  v1::JobEvent event;
  v1::EpochFinished* epoch = event.mutable_epoch_finished();
  epoch->set_phase(v1::PHASE_FULL);
  epoch->set_epoch(number);
  epoch->set_epochs(5);
  epoch->set_learning_rate(0.001);
  epoch->mutable_test()->set_accuracy(accuracy);
  epoch->set_majority_baseline(0.734);
  epoch->set_best(true);
  return event;
}

TEST(DescribeTest, TheHeaderNamesTheRecipe) {
  v1::Job job;
  job.mutable_spec()->mutable_recipe()->set_name("modern");
  EXPECT_THAT(DescribeJob(job), HasSubstr("recipe modern,"));
}

TEST(DescribeTest, ManyClassWeightsAreARange) {
  v1::TrainingStarted started;
  for (int i = 0; i < 12; ++i) started.add_class_weights(1);
  EXPECT_THAT(DescribeStart(started), HasSubstr("class weights 1.0000 1.0000"));
  started.add_class_weights(0.5);
  EXPECT_THAT(DescribeStart(started), HasSubstr("class weights 0.5000 to 1.0000 (13 classes)\n"));
}

TEST(LiveStateTest, QueuedThenCacheThenSteps) {
  LiveState state(kUtf8);
  v1::Job job;
  job.set_state(v1::JOB_STATE_QUEUED);
  job.set_queue_position(2);
  state.TakeJob(job);
  EXPECT_THAT(Region(state), HasSubstr("queued, place 2 in the queue"));

  v1::JobEvent event;
  event.set_attempt(1);
  event.mutable_state_changed()->set_to(v1::JOB_STATE_RUNNING);
  EXPECT_EQ(state.Take(event), "");
  event.mutable_cache_progress()->set_done(50);
  event.mutable_cache_progress()->set_total(100);
  event.mutable_cache_progress()->set_bad(1);
  event.mutable_cache_progress()->set_images_per_second(25);
  state.Take(event);
  EXPECT_THAT(Region(state), HasSubstr("cache   ███████████████░░░░░░░░░░░░░░░  50/100 (1 bad)  "
                                       "25.0 images/s  0:02 left"));
  EXPECT_THAT(Region(state), Not(HasSubstr("place")));

  v1::StepProgress* step = event.mutable_step_progress();
  step->set_phase(v1::PHASE_HEAD);
  step->set_epoch(1);
  step->set_epochs(5);
  step->set_step(10);
  step->set_steps(40);
  step->set_images_per_second(30);
  step->set_seconds_left(90);
  state.Take(event);
  EXPECT_THAT(Region(state), HasSubstr("running, epoch 1/5 (head)"));
  EXPECT_THAT(Region(state), HasSubstr("10/40  loss 0.0000  acc 0.0000  30.0 images/s  1:30 left"));
  step->set_test_done(5);
  step->set_test_total(10);
  state.Take(event);
  EXPECT_THAT(Region(state), HasSubstr("testing ███████████████░░░░░░░░░░░░░░░  5/10"));
}

TEST(LiveStateTest, EpochsLeaveRowsWithOneHeaderAndACurve) {
  LiveState state(kUtf8);
  const std::string first = state.Take(Epoch(1, 0.70));
  EXPECT_THAT(first, HasSubstr("baseline"));
  EXPECT_THAT(first, HasSubstr("0.7000   0.7340"));
  EXPECT_THAT(first, HasSubstr("★"));
  EXPECT_THAT(state.Take(Epoch(2, 0.80)), Not(HasSubstr("baseline")));
  EXPECT_THAT(Region(state), HasSubstr("test accuracy by epoch; dotted: baseline 0.7340"));
}

TEST(LiveStateTest, HostileTextCannotMoveTheCursor) {
  LiveState state(kUtf8);
  v1::JobEvent event;
  event.mutable_warning()->set_message("bad\x1b[2J");
  event.mutable_warning()->add_bad_images()->set_path("a\nb.jpeg");
  const std::string text = state.Take(event);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("a\\x0ab.jpeg"));
}

}  // namespace
}  // namespace fovea::client
