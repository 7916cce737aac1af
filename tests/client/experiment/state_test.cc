#include "client/experiment/state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "client/experiment/request_ids.h"
#include "client/experiment/view.h"

namespace fovea::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

v1::TrainingSpec SpecOf(int epochs) {
  v1::TrainingSpec spec;
  spec.set_dataset("datasets/eyes");
  spec.mutable_recipe()->set_epochs(epochs);
  return spec;
}

TEST(RequestIdTest, SameOnEveryMachineAndInEveryVersion) {
  // A change of these would make every experiment begin anew.
  EXPECT_EQ(SpecHash(SpecOf(3)), "2c7caf4eb65f30e7");
  v1::EvaluationSpec evaluation;
  evaluation.set_model("models/m/versions/1");
  evaluation.set_resamples(200);
  EXPECT_EQ(SpecHash(evaluation), "847f480da820fdf6");
  EXPECT_NE(SpecHash(SpecOf(3)), SpecHash(SpecOf(4)));
}

TEST(RequestIdTest, ReadsWhatItWrote) {
  const ExperimentJobId training = {.experiment = "grid",
                                    .run = "0123456789abcdef",
                                    .attempt = 2,
                                    .label = "resnet18 / π, seed 1",
                                    .evaluation = ""};
  EXPECT_EQ(ToRequestId(training), "experiment/grid/0123456789abcdef/2/resnet18 / π, seed 1");
  const auto read = ParseRequestId(ToRequestId(training));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->experiment, "grid");
  EXPECT_EQ(read->run, training.run);
  EXPECT_EQ(read->attempt, 2);
  EXPECT_EQ(read->label, training.label);
  ExperimentJobId evaluation = training;
  evaluation.evaluation = "fedcba9876543210";
  EXPECT_EQ(ParseRequestId(ToRequestId(evaluation))->evaluation, evaluation.evaluation);
}

TEST(RequestIdTest, LongLabelsAreCutBetweenCharacters) {
  ExperimentJobId id = {.experiment = std::string(40, 'n'),
                        .run = "0123456789abcdef",
                        .attempt = 1,
                        .label = "",
                        .evaluation = ""};
  for (int i = 0; i < 100; ++i) id.label += "π";
  const std::string text = ToRequestId(id);
  EXPECT_LE(text.size(), 128u);
  EXPECT_GT(text.size(), 125u);
  EXPECT_EQ(ParseRequestId(text)->label.size() % 2, 0u);
}

TEST(RequestIdTest, OthersAreNone) {
  for (const char* text :
       {"", "retry-me", "experiment/x", "experiment//0123456789abcdef/1/l", "experiment/x/0123/1/l",
        "experiment/x/0123456789abcdef/0/l", "experiment/x/0123456789abcdef/a/l",
        "experiment-evaluation/x/0123456789abcdef/1/"}) {
    EXPECT_FALSE(ParseRequestId(text).has_value()) << text;
  }
}

class StateTest : public ::testing::Test {
 protected:
  // Jobs are newest first.
  v1::Job* Add(const std::string& request_id, v1::JobState state) {
    v1::Job job;
    job.set_name(absl::StrCat("jobs/j-", jobs_.size()));
    job.set_request_id(request_id);
    job.set_state(state);
    jobs_.insert(jobs_.begin(), job);
    return &jobs_.front();
  }
  std::string Training(const v1::TrainingSpec& spec, int attempt, const std::string& label) {
    return ToRequestId({.experiment = "grid",
                        .run = SpecHash(spec),
                        .attempt = attempt,
                        .label = label,
                        .evaluation = ""});
  }
  std::string Evaluation(const v1::TrainingSpec& spec, int attempt,
                         const v1::EvaluationSpec& evaluation) {
    return ToRequestId({.experiment = "grid",
                        .run = SpecHash(spec),
                        .attempt = attempt,
                        .label = "",
                        .evaluation = SpecHash(evaluation)});
  }
  ExperimentPlan Plan() const {
    ExperimentPlan plan;
    plan.name = "grid";
    for (const int epochs : {3, 4}) {
      plan.runs.push_back(
          {absl::StrCat("epochs ", epochs), SpecOf(epochs), SpecHash(SpecOf(epochs))});
    }
    return plan;
  }
  std::vector<v1::Job> jobs_;
};

TEST_F(StateTest, LastAttemptsInTheOrderOfMaking) {
  Add(Training(SpecOf(4), 1, "four"), v1::JOB_STATE_SUCCEEDED);
  Add(Training(SpecOf(3), 1, "three"), v1::JOB_STATE_FAILED);
  Add("something else", v1::JOB_STATE_RUNNING);
  Add(Training(SpecOf(3), 2, "three"), v1::JOB_STATE_RUNNING);
  const auto experiments = FindExperiments(jobs_);
  ASSERT_EQ(experiments.size(), 1u);
  const std::vector<ExperimentRun>& runs = experiments.at("grid").runs;
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].label, "four");
  EXPECT_EQ(runs[1].label, "three");
  EXPECT_EQ(runs[1].attempt, 2);
  EXPECT_EQ(runs[1].training.state(), v1::JOB_STATE_RUNNING);
}

TEST_F(StateTest, EqualLabelsOfDifferentSpecsGetTheirHashes) {
  Add(Training(SpecOf(4), 1, "run"), v1::JOB_STATE_SUCCEEDED);
  Add(Training(SpecOf(3), 1, "run"), v1::JOB_STATE_SUCCEEDED);
  const std::vector<ExperimentRun> runs = FindExperiments(jobs_).at("grid").runs;
  EXPECT_EQ(runs[0].label, absl::StrCat("run (", SpecHash(SpecOf(4)).substr(0, 6), ")"));
  EXPECT_NE(runs[0].label, runs[1].label);
}

TEST_F(StateTest, PlanTakesItsRunsAndItsEvaluations) {
  const ExperimentPlan plan = Plan();
  v1::Job* trained = Add(Training(SpecOf(4), 1, "cut"), v1::JOB_STATE_SUCCEEDED);
  trained->mutable_result()->set_model_version("models/grid/versions/1");
  trained->mutable_spec()->set_dataset("datasets/eyes");
  ExperimentRun run;
  run.training = *trained;
  v1::EvaluationSpec other = EvaluationOf(plan, run);
  other.set_resamples(7);
  Add(Training(SpecOf(5), 1, "not of the plan"), v1::JOB_STATE_QUEUED);
  const auto evaluated = [&](const v1::EvaluationSpec& spec) {
    v1::Job* job = Add(Evaluation(SpecOf(4), 1, spec), v1::JOB_STATE_SUCCEEDED);
    job->mutable_evaluation()->set_model(spec.model());
  };
  evaluated(other);
  ExperimentState state = StateOfPlan(plan, jobs_);
  ASSERT_EQ(state.runs.size(), 2u);
  EXPECT_EQ(state.runs[0].label, "epochs 3");
  EXPECT_FALSE(IsSubmitted(state.runs[0].training));
  EXPECT_EQ(state.runs[1].label, "epochs 4");
  EXPECT_TRUE(IsSubmitted(state.runs[1].training));
  EXPECT_FALSE(IsSubmitted(state.runs[1].evaluation_job));  // With other resamples.
  evaluated(EvaluationOf(plan, run));
  state = StateOfPlan(plan, jobs_);
  EXPECT_TRUE(IsSubmitted(state.runs[1].evaluation_job));
}

TEST_F(StateTest, EvaluationOfAnEarlierVersionIsNone) {
  v1::EvaluationSpec evaluation;
  evaluation.set_model("models/grid/versions/1");
  Add(Training(SpecOf(3), 1, "three"), v1::JOB_STATE_SUCCEEDED)
      ->mutable_result()
      ->set_model_version("models/grid/versions/2");
  Add(Evaluation(SpecOf(3), 1, evaluation), v1::JOB_STATE_SUCCEEDED)
      ->mutable_evaluation()
      ->set_model(evaluation.model());
  Add(Evaluation(SpecOf(9), 1, evaluation), v1::JOB_STATE_SUCCEEDED);  // Its training is gone.
  const std::vector<ExperimentRun> runs = FindExperiments(jobs_).at("grid").runs;
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_FALSE(IsSubmitted(runs[0].evaluation_job));
}

TEST(ViewTest, LiveTableFitsTheTerminalAndShowsWhatIsUnderWay) {
  ExperimentState state = {"grid", {}};
  for (int i = 0; i < 30; ++i) {
    ExperimentRun run;
    run.label = absl::StrCat("run ", i);
    run.training.set_name(absl::StrCat("jobs/j-", i));
    run.training.set_state(i < 20    ? v1::JOB_STATE_SUCCEEDED
                           : i == 20 ? v1::JOB_STATE_RUNNING
                                     : v1::JOB_STATE_QUEUED);
    run.training.mutable_spec()->mutable_recipe()->set_epochs(5);
    state.runs.push_back(run);
  }
  state.runs[20].training.mutable_step_progress()->set_epoch(2);
  state.runs[20].training.mutable_step_progress()->set_seconds_left(61);
  const std::vector<std::string> lines = LiveLines(state, 12, Style());
  EXPECT_LT(lines.size(), 12u);
  EXPECT_THAT(lines[1], HasSubstr("run 20  running"));
  EXPECT_THAT(lines[1], HasSubstr("2/5"));
  EXPECT_THAT(lines[1], HasSubstr("1:01"));
  EXPECT_EQ(lines[lines.size() - 3], "... and 23 more");
  EXPECT_EQ(lines[lines.size() - 2], "20 of 30 trained, 0 evaluated, 1 running, 9 queued");
  EXPECT_EQ(LiveLines(state, 50, Style()).size(), 33u);
}

}  // namespace
}  // namespace fovea::client
