// Every command that only asks, moves names or removes, with the real programs.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "tests/integration/service_fixture.h"

namespace fovea {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CommandLineTest : public ServiceTest {
 protected:
  // The output of a command that must work.
  std::string Must(const std::vector<std::string>& arguments) {
    const ProgramResult result = Cli(arguments);
    EXPECT_EQ(result.exit_code, 0) << testing::PrintToString(arguments) << "\n" << result.output;
    return result.output;
  }
  json MustJson(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"-o", "json"});
    return json::parse(Must(arguments), nullptr, /*allow_exceptions=*/false);
  }
  void MustFail(const std::vector<std::string>& arguments, int exit_code, const std::string& text) {
    const ProgramResult result = Cli(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << testing::PrintToString(arguments);
    EXPECT_THAT(result.output, HasSubstr(text));
  }
};

TEST_F(CommandLineTest, DataSetsOfTheServersOwnFolder) {
  Start({"--dataset-root", dir_});
  MustFail({"dataset", "create", "../elsewhere"}, 1, "source_dir: ");
  MustFail({"dataset", "create", "nothing-here"}, 1, "source_dir: ");
  EXPECT_THAT(Must({"dataset", "create", "photographs", "--id", "eyes", "--validate-only"}),
              HasSubstr("TRAIN"));
  EXPECT_THAT(Must({"dataset", "list"}), Not(HasSubstr("datasets/eyes")));
  Must({"dataset", "create", "photographs", "--id", "eyes"});
  Must({"dataset", "create", "photographs", "--id", "eyes"});  // The same again is no error.
  MustFail({"dataset", "create", "photographs/held-back", "--id", "eyes"}, 1, ": ");
  EXPECT_THAT(Must({"dataset", "list"}), HasSubstr("datasets/eyes"));
  EXPECT_EQ(MustJson({"dataset", "list"})["datasets"].size(), 1u);
  EXPECT_EQ(MustJson({"dataset", "get", "eyes"})["name"], "datasets/eyes");
  Must({"dataset", "delete", "eyes"});
  MustFail({"dataset", "get", "eyes"}, 5, "no data set");
}

TEST_F(CommandLineTest, JobsAndModels) {
  Start();
  Push();
  const std::string job = CreateJob();
  ASSERT_EQ(AwaitEnd(job).state(), v1::JOB_STATE_SUCCEEDED);

  EXPECT_THAT(Must({"job", "list"}), HasSubstr(job));
  EXPECT_THAT(Must({"job", "get", job}), HasSubstr("succeeded"));
  EXPECT_EQ(MustJson({"job", "get", job})["name"], job);
  Must({"job", "cancel", job});  // Has no effect any more.
  EXPECT_EQ(MustJson({"job", "get", job})["state"], "JOB_STATE_SUCCEEDED");

  EXPECT_THAT(Must({"model", "list"}), HasSubstr("models/dr"));
  EXPECT_EQ(MustJson({"model", "get", "dr"})["name"], "models/dr/versions/1");
  Must({"model", "alias", "dr", "candidate", "1"});
  EXPECT_EQ(MustJson({"model", "get", "dr@candidate"})["name"], "models/dr/versions/1");
  MustFail({"model", "alias", "dr", "candidate", "7"}, 5, "versions/7");
  MustFail({"model", "delete", "dr/1"}, 1, "production");
  Must({"model", "alias", "dr", "candidate", "--remove"});
  Must({"model", "alias", "dr", "production", "--remove"});
  Must({"model", "delete", "dr/1"});
  MustFail({"model", "get", "dr/1"}, 5, "dr");

  Must({"job", "delete", job});
  MustFail({"job", "get", job}, 5, job);
}

TEST_F(CommandLineTest, Evaluations) {
  Start();
  Push();
  const std::string job = CreateJob();
  const v1::Job trained = AwaitEnd(job);
  ASSERT_EQ(trained.state(), v1::JOB_STATE_SUCCEEDED);
  MustFail({"evaluation", "run", "nothing", "--dataset", "eyes"}, 5, "nothing");
  MustFail({"evaluation", "run", "dr", "--dataset", "nothing"}, 5, "nothing");
  MustFail({"evaluation", "run", "dr", "--dataset", "eyes", "--resamples", "0"}, 1,
           "spec.resamples: is 0");
  EXPECT_THAT(Must({"evaluation", "run", "dr", "--dataset", "eyes", "--watch"}),
              testing::AllOf(HasSubstr("evaluation of models/dr/versions/1 on the test part"),
                             HasSubstr("quadratic_weighted_kappa"), HasSubstr("PRECISION")));
  Must({"evaluation", "run", "dr", "--dataset", "eyes", "--watch"});

  const json listed = MustJson({"evaluation", "list"})["evaluations"];
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(MustJson({"evaluation", "list", "dr/1"})["evaluations"].size(), 2u);
  const std::string first = listed[0]["name"], second = listed[1]["name"];
  const json evaluation = MustJson({"evaluation", "get", first});
  // The part that the trainer tested, with the weights that it kept.
  EXPECT_NEAR(evaluation["report"]["metrics"][0]["value"].get<double>(),
              trained.result().best_test_accuracy(), 1e-12);
  EXPECT_EQ(evaluation["weights_sha256"], GetVersion("models/dr").weights_sha256());
  EXPECT_THAT(Must({"evaluation", "predictions", first}),
              AllOf(HasSubstr("path,patient,label,predicted,probability_0"),
                    HasSubstr(",inference_ms\n")));
  const json comparison = MustJson({"evaluation", "compare", first, second});
  EXPECT_EQ(comparison["metrics"][0]["difference"], 0.0);
  EXPECT_EQ(comparison["mcnemar_p_value"], 1.0);
  Must({"evaluation", "delete", first});
  MustFail({"evaluation", "get", first}, 5, "there is no evaluations/");
}

}  // namespace
}  // namespace fovea
