// An experiment with the real programs: killed, gone on with from elsewhere, reported.
#include <gmock/gmock.h>
#include <signal.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "tests/client/program.h"
#include "tests/integration/service_fixture.h"

namespace fovea {
namespace {

using client::Finished;
using client::Program;
using client::RunFovea;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

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

  std::string File() const { return dir_ + "/small.toml"; }
  std::vector<std::string> Words(std::vector<std::string> words) const {
    words.insert(words.begin(), {"--server", fovead_->address(), "experiment"});
    return words;
  }
  json Jobs() const {
    return json::parse(RunFovea({"--server", fovead_->address(), "job", "list", "-o", "json"}).out)
        ["jobs"];
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
    EXPECT_THAT(finished.err, HasSubstr(absl::StrCat("Go on with:\n  fovea experiment run ", File())));
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
}

TEST_F(ExperimentTest, WhatWasCancelledIsTriedAgainOnlyWhenAsked) {
  const std::vector<std::string> one = {File(), "--only", "unweighted", "--set", "seeds=[1]",
                                        "--set", "recipe.epochs=2"};
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
  EXPECT_EQ(RunFovea({"--server", "127.0.0.1:1", "experiment", "run", File(), "--dry-run"}).code, 0);
}

}  // namespace
}  // namespace fovea
