// The live display's state, on strings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/display/epoch_table.h"
#include "client/display/text.h"
#include "client/watch/live_view.h"
#include "client/watch/plain_view.h"

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

v1::JobEvent ValidatedEpoch(int number) {
  v1::JobEvent event = Epoch(number, 0.70);
  v1::EpochFinished* epoch = event.mutable_epoch_finished();
  epoch->mutable_train()->set_loss(1.2345);
  epoch->mutable_train()->set_accuracy(0.6543);
  epoch->mutable_test()->set_loss(1.3456);
  epoch->set_test_kappa(-0.123);
  epoch->mutable_validation()->set_loss(1.4567);
  epoch->mutable_validation()->set_accuracy(0.6789);
  epoch->set_validation_kappa(0.456);
  epoch->set_images_per_second(234.5);
  epoch->set_train_seconds(3723);
  return event;
}

std::vector<std::string> LinesOf(const std::string& text) {
  return absl::StrSplit(text, '\n', absl::SkipEmpty());
}

TEST(DescribeTest, TheStartCountsAValidationPartThatThereIs) {
  v1::TrainingStarted started;
  started.set_train_images(90);
  started.set_test_images(30);
  started.set_device("cpu");
  EXPECT_THAT(DescribeStart(started), HasSubstr("90 train and 30 test photographs on cpu"));
  started.set_validation_images(10);
  EXPECT_THAT(DescribeStart(started),
              HasSubstr("90 train, 10 validation and 30 test photographs on cpu"));
}

TEST(DescribeTest, TheEndSaysHowTheEpochWasChosen) {
  v1::JobFinished finished;
  finished.set_state(v1::JOB_STATE_SUCCEEDED);
  finished.mutable_result()->set_best_epoch(7);
  finished.mutable_result()->set_best_test_accuracy(0.8124);
  finished.mutable_result()->set_model_version("models/x/versions/3");
  EXPECT_EQ(DescribeFinish(finished, v1::BEST_EPOCH_TEST_ACCURACY, false),
            "highest testing accuracy 0.812 at epoch 7 (kappa 0.000, baseline 0.000) -> "
            "models/x/versions/3");
  EXPECT_EQ(DescribeFinish(finished, v1::BEST_EPOCH_VALIDATION_KAPPA, false),
            "highest validation kappa: testing accuracy 0.812 at epoch 7 (kappa 0.000, baseline "
            "0.000) -> models/x/versions/3");
}

TEST(EpochTableTest, RowsWithAndWithoutAValidationPartStayWithinHundredColumns) {
  const Style plain;
  for (const v1::JobEvent& event : {Epoch(3, 0.70), ValidatedEpoch(3)}) {
    const v1::EpochFinished& epoch = event.epoch_finished();
    const bool validation = epoch.has_validation();
    const std::vector<std::string> header = LinesOf(EpochTableHeader(plain, validation));
    const std::vector<std::string> row = LinesOf(EpochTableRow(epoch, plain));
    ASSERT_EQ(header.size(), 2u);
    ASSERT_EQ(row.size(), 1u);
    EXPECT_LE(DisplayWidth(header[0]), DisplayWidth(header[1]));
    EXPECT_EQ(DisplayWidth(row[0]), DisplayWidth(header[1]) + 2);  // The mark of the best.
    EXPECT_LE(DisplayWidth(row[0]), 100);
    EXPECT_EQ(header[0].find("validation") != std::string::npos, validation);
  }
}

TEST(EpochTableTest, FiguresOfTheValidationPart) {
  const v1::EpochFinished epoch = ValidatedEpoch(3).epoch_finished();
  const Style plain;
  EXPECT_THAT(EpochTableHeader(plain, true), HasSubstr(" --- validation ----\n"));
  EXPECT_THAT(EpochTableRow(epoch, plain),
              HasSubstr(" 0.7340 -0.123  1.457 0.6789  0.456 234.5 1:02:03 *"));
  EXPECT_THAT(EpochLine(epoch),
              HasSubstr("kappa -0.123, validation loss 1.4567 accuracy 0.6789 kappa 0.456, "));
  EXPECT_THAT(EpochLine(Epoch(3, 0.70).epoch_finished()), Not(HasSubstr("validation")));
}

TEST(EpochTableTest, RatesOfASchedule) {
  v1::EpochFinished epoch = Epoch(3, 0.70).epoch_finished();
  epoch.set_learning_rate(0.000493844170297569);
  EXPECT_THAT(EpochTableRow(epoch, Style()), HasSubstr("      3/5 0.000494  "));
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
  event.clear_step_progress();
  event.mutable_step_progress()->set_precision_done(20);
  event.mutable_step_progress()->set_precision_total(40);
  event.mutable_step_progress()->set_seconds_left(4);
  state.Take(event);
  EXPECT_THAT(Region(state), HasSubstr("precisions ███████████████░░░░░░░░░░░░░░░  20/40  0:04 left"));
  EXPECT_EQ(PlainEventText(event, v1::BEST_EPOCH_UNSPECIFIED, /*utf8=*/true),
            "measuring precisions 20/40, 0:04 left");
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

TEST(LiveStateTest, TheEndFollowsTheRecipe) {
  LiveState state(kUtf8);
  v1::Job job;
  job.mutable_spec()->mutable_recipe()->set_best_epoch(v1::BEST_EPOCH_VALIDATION_KAPPA);
  state.TakeJob(job);
  v1::JobFinished finished;
  finished.set_state(v1::JOB_STATE_SUCCEEDED);
  EXPECT_THAT(state.Finish(finished), HasSubstr("highest validation kappa"));
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
