// An experiment with the real programs: killed, gone on with from elsewhere, reported.
#include <gmock/gmock.h>
#include <signal.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "tests/client/program.h"
#include "tests/integration/service_fixture.h"

namespace fovea {
namespace {

using client::Finished;
using client::Program;
using client::RunFovea;
using nlohmann::json;
using testing::HasSubstr;

class ExperimentTest : public ServiceTest {
 protected:
  void SetUp() override {
    Start();
    Push();
    std::ofstream(File()) << R"(name = "small"
seeds = [1, 2]
[base]
dataset = "eyes"
threads = 1
recipe = {epochs = 2, head_epochs = 1, batch_size = 4}
preprocess = {resize_short_side = 40, crop_size = 32}
[axes]
weighting = [{label = "weighted", recipe.class_weighting = "lab"},
             {label = "unweighted", recipe.class_weighting = "none"}]
[evaluation]
resamples = 50
threads = 1
)";
  }

  // Of the experiment, of one of its jobs and of the version that it gave.
  void ExpectReports(const json& job) const {
    const Finished all = RunFovea(Words({"report", "small", "-o", dir_ + "/report"}));
    EXPECT_EQ(all.code, 0) << all.err;
    const std::string page = ReadFile(dir_ + "/report/index.html").value_or("");
    EXPECT_THAT(page, HasSubstr("4 of 4 runs trained, 4 evaluated"));
    EXPECT_THAT(page, HasSubstr("Over the seeds: mean and standard deviation"));
    EXPECT_THAT(page, HasSubstr("Differences to weighted"));
    EXPECT_TRUE(ReadFile(dir_ + "/report/figures/accuracy.png").ok());
    const std::vector<std::string> server = {"--server", fovead_->address()};
    const auto run = [&](std::vector<std::string> words) {
      words.insert(words.begin(), server.begin(), server.end());
      return RunFovea(words);
    };
    const Finished one = run({"job", "report", job["name"], "-o", dir_ + "/one"});
    EXPECT_EQ(one.code, 0) << one.err;
    EXPECT_TRUE(ReadFile(dir_ + "/one/figures/roc.svg").ok());
    const Finished card = run({"model", "card", job["result"]["model_version"]});
    EXPECT_EQ(card.code, 0) << card.err;
    EXPECT_THAT(card.out, HasSubstr("## Quantitative analyses\n\n| Metric | Value"));
  }

  std::string File() const { return dir_ + "/small.toml"; }
  std::vector<std::string> Words(std::vector<std::string> words) const {
    words.insert(words.begin(), {"--server", fovead_->address(), "experiment"});
    return words;
  }
  json Jobs() const {
    return json::parse(
        RunFovea({"--server", fovead_->address(), "job", "list", "-o", "json"}).out)["jobs"];
  }
};

TEST_F(ExperimentTest, GoesOnAfterAKillAndEndsWithEveryRunEvaluatedOnce) {
  {
    Program killed(Words({"run", File()}));
    ASSERT_TRUE(killed.WaitForText("epoch 1/2"));
    killed.Signal(SIGKILL);
    EXPECT_EQ(killed.Finish().code, 128 + SIGKILL);
  }
  {
    Program left(Words({"run", File()}));
    ASSERT_TRUE(left.WaitForText("epoch 2/2"));
    left.Signal(SIGINT);
    const Finished finished = left.Finish();
    EXPECT_EQ(finished.code, 130);
    EXPECT_THAT(finished.err,
                HasSubstr(absl::StrCat("Go on with:\n  fovea experiment run ", File())));
  }
  const Finished done = RunFovea(Words({"run", File(), "-o", "json"}));
  EXPECT_EQ(done.code, 0) << done.err;
  const json experiment = json::parse(done.out);
  ASSERT_EQ(experiment["runs"].size(), 4u);
  std::set<std::string> versions;
  for (const json& run : experiment["runs"]) {
    EXPECT_EQ(run["attempt"], 1);
    EXPECT_EQ(run["training"]["state"], "JOB_STATE_SUCCEEDED");
    EXPECT_EQ(run["evaluation"]["spec"]["model"], run["training"]["result"]["model_version"]);
    EXPECT_EQ(run["evaluation"]["spec"]["resamples"], 50);
    versions.insert(run["training"]["result"]["model_version"]);
  }
  EXPECT_EQ(versions.size(), 4u);
  EXPECT_EQ(Jobs().size(), 8u);
  // Once more there is nothing left to do, and from elsewhere the name is enough.
  EXPECT_THAT(RunFovea(Words({"run", File()})).out, HasSubstr("weighted, seed 1"));
  EXPECT_EQ(Jobs().size(), 8u);
  EXPECT_THAT(RunFovea(Words({"list"})).out, HasSubstr("4 of 4 trained, 4 evaluated"));
  EXPECT_THAT(RunFovea(Words({"get", "small"})).out, HasSubstr("unweighted, seed 2  evaluated"));
  ExpectReports(experiment["runs"][0]["training"]);
}

TEST_F(ExperimentTest, WhatWasCancelledIsTriedAgainOnlyWhenAsked) {
  const std::vector<std::string> one = {File(),      "--only", "unweighted",     "--set",
                                        "seeds=[1]", "--set",  "recipe.epochs=2"};
  const auto run = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"run"};
    words.insert(words.end(), one.begin(), one.end());
    words.insert(words.end(), more.begin(), more.end());
    return RunFovea(Words(words));
  };
  {
    std::vector<std::string> words = {"run"};
    words.insert(words.end(), one.begin(), one.end());
    Program program(Words(words));
    ASSERT_TRUE(program.WaitForText("jobs/j-"));
    EXPECT_THAT(run({"--cancel"}).err, HasSubstr("asked 1 job of small to stop"));
    EXPECT_EQ(program.Finish().code, 8);
  }
  const Finished again = run({});
  EXPECT_EQ(again.code, 8);
  EXPECT_THAT(again.err, HasSubstr("--retry-failed"));
  EXPECT_EQ(Jobs().size(), 1u);
  const Finished retried = run({"--retry-failed"});
  EXPECT_EQ(retried.code, 0) << retried.err;
  EXPECT_THAT(retried.out, HasSubstr("evaluated"));
  EXPECT_EQ(Jobs().size(), 3u);
}

TEST_F(ExperimentTest, AMistakeInTheLastRunSubmitsNone) {
  std::ofstream(File(), std::ios::app) << R"([[run]]
label = "wrong"
recipe.epochs = 99999
)";
  const Finished finished = RunFovea(Words({"run", File()}));
  EXPECT_EQ(finished.code, 1);
  EXPECT_THAT(finished.err, HasSubstr("wrong, seed 1: recipe.epochs: "));
  EXPECT_TRUE(Jobs().empty());
  EXPECT_EQ(RunFovea(Words({"get", "small"})).code, 5);
  EXPECT_EQ(RunFovea({"--server", "127.0.0.1:1", "experiment", "run", File(), "--dry-run"}).code,
            0);
}

}  // namespace
}  // namespace fovea
