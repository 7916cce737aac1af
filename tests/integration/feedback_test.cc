// From an answer to feedback, and from an evaluation to a promotion, with servers that are killed on
// the way.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "tests/integration/service_fixture.h"

namespace fovea {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class FeedbackFlowTest : public ServiceTest {
 protected:
  void SetUp() override {
    Start();
    Push();
    ASSERT_EQ(AwaitEnd(CreateJob()).state(), v1::JOB_STATE_SUCCEEDED);
  }

  void Kill() {
    fovead_->Kill();
    Start();
  }
  // Of a photograph that the quality gate may not like.
  void Classify(const std::string& id) {
    v1::ClassifyRequest request;
    request.set_image(ReadFile(Photograph()).value());
    request.set_request_id(id);
    request.set_grade_anyway(true);
    grpc::ClientContext context;
    v1::ClassifyResponse response;
    const grpc::Status status = classification_->Classify(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  std::string Photograph() const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(photographs())) {
      if (entry.path().extension() == ".jpeg") return entry.path().string();
    }
    return "";
  }
  bool Feedback(const std::string& id, int grade) {
    v1::SubmitFeedbackRequest request;
    request.set_request_id(id);
    request.set_true_grade(grade);
    grpc::ClientContext context;
    v1::SubmitFeedbackResponse response;
    return classification_->SubmitFeedback(&context, request, &response).ok();
  }
  v1::Model GetModel() {
    v1::GetModelRequest request;
    request.set_name("models/dr");
    grpc::ClientContext context;
    v1::Model model;
    EXPECT_TRUE(models_->GetModel(&context, request, &model).ok());
    return model;
  }
};

TEST_F(FeedbackFlowTest, AcknowledgedFeedbackOutlivesAKill) {
  for (int i = 0; i < 5; ++i) {
    Classify(absl::StrCat("r-", i));
    ASSERT_TRUE(Feedback(absl::StrCat("r-", i), i));
  }
  const v1::LiveMetrics before = GetVersion("models/dr").live();
  EXPECT_EQ(before.feedback(), 5);
  Kill();
  EXPECT_EQ(GetVersion("models/dr").live().SerializeAsString(), before.SerializeAsString());
  EXPECT_THAT(HttpGet(fovead_->metrics_address(), "/metrics"),
              HasSubstr("fovea_live_feedback{model=\"dr\",version=\"1\"} 5"));
  EXPECT_TRUE(Feedback("r-0", 4));  // Again, for an answer of before.
  EXPECT_FALSE(Feedback("r-5", 4));
}

TEST_F(FeedbackFlowTest, TheCommandLineFromAnswerToFigures) {
  const ProgramResult answered = Cli({"classify", Photograph(), "--grade-anyway", "--ids",
                                      "--request-id", "my-own"});
  EXPECT_EQ(answered.exit_code, 0) << answered.output;
  EXPECT_THAT(answered.output, AllOf(HasSubstr("REQUEST ID"), HasSubstr("my-own")));
  const ProgramResult one = Cli({"feedback", "my-own", "2", "--grader", "anna"});
  EXPECT_EQ(one.exit_code, 0) << one.output;
  EXPECT_THAT(one.output, HasSubstr("recorded: true grade 2"));
  EXPECT_EQ(Cli({"feedback", "never", "2"}).exit_code, 5);
  const std::string csv = dir_ + "/grades.csv";
  ASSERT_TRUE(WriteFileAtomic(csv, "request_id,grade\nmy-own,3\nnever,1\nmy-own,7\n").ok());
  const ProgramResult many = Cli({"feedback", "--csv", csv});
  EXPECT_EQ(many.exit_code, 7) << many.output;
  EXPECT_THAT(many.output, AllOf(HasSubstr("1 recorded"), HasSubstr("2 refused"),
                                 HasSubstr("line 3: request_id: "),
                                 HasSubstr("line 4: true_grade: is 7")));
  EXPECT_THAT(Cli({"model", "get", "dr"}).output,
              AllOf(HasSubstr("In use"), HasSubstr("on 1 answer: accuracy"),
                    HasSubstr("Changes of aliases"), HasSubstr("none -> version 1")));
}

TEST_F(FeedbackFlowTest, PromotionPassesTheGateOrIsForcedAndRemembered) {
  ASSERT_EQ(AwaitEnd(CreateJob()).state(), v1::JOB_STATE_SUCCEEDED);  // Version 2, the same weights.
  const std::vector<std::string> promote = {"model", "alias", "dr", "production", "2",
                                            "--require-kappa-not-worse", "--reason", "as good"};
  ProgramResult result = Cli(promote);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("fovea evaluation run dr/2 --dataset eyes"));
  ASSERT_EQ(Cli({"evaluation", "run", "dr/2", "--dataset", "eyes", "--watch"}).exit_code, 0);
  result = Cli(promote);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("fovea evaluation run dr/1 --dataset eyes --part test"));
  ASSERT_EQ(Cli({"evaluation", "run", "dr/1", "--dataset", "eyes", "--watch"}).exit_code, 0);
  result = Cli(promote);
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("kappa_not_worse: met"));

  std::vector<std::string> back = {"model", "alias", "dr", "production", "1", "--min-kappa", "1"};
  EXPECT_EQ(Cli(back).exit_code, 1);
  back.insert(back.end(), {"--force", "--reason", "a drill"});
  EXPECT_EQ(Cli(back).exit_code, 0);
  Kill();
  EXPECT_THAT(Cli({"model", "get", "dr"}).output,
              AllOf(HasSubstr("version 2 -> version 1  forced  a drill"),
                    HasSubstr("min_kappa: not met"), HasSubstr("version 1 -> version 2  as good")));
}

TEST_F(FeedbackFlowTest, AKillLeavesTheAliasAndItsHistoryTogether) {
  ASSERT_EQ(AwaitEnd(CreateJob()).state(), v1::JOB_STATE_SUCCEEDED);
  for (int round = 0; round < 5; ++round) {
    std::atomic<int> acknowledged = 0;
    std::thread setter([&] {
      while (true) {
        v1::SetAliasRequest request;
        request.set_model("models/dr");
        request.set_alias("production");
        request.set_version(1 + (acknowledged + 1) % 2);
        request.set_reason(absl::StrCat(round, "/", acknowledged + 1));
        grpc::ClientContext context;
        v1::Model model;
        if (!models_->SetAlias(&context, request, &model).ok()) return;
        ++acknowledged;
      }
    });
    while (acknowledged < 3) std::this_thread::yield();
    fovead_->Kill();
    setter.join();
    Start();
    const v1::Model model = GetModel();
    EXPECT_EQ(model.aliases().at("production"), model.alias_changes(0).to_version());
    // The last one that was acknowledged, or the one that was under way.
    EXPECT_THAT(model.alias_changes(0).reason(),
                testing::AnyOf(absl::StrCat(round, "/", acknowledged.load()),
                               absl::StrCat(round, "/", acknowledged.load() + 1)));
  }
}

TEST_F(FeedbackFlowTest, WithoutDaysNothingIsKept) {
  Classify("r-0");
  ASSERT_TRUE(Feedback("r-0", 1));
  Start({"--answers-days", "0"});
  EXPECT_FALSE(GetVersion("models/dr").has_live());
  EXPECT_FALSE(std::filesystem::exists(data_dir() + "/answers.db"));
  Classify("r-1");
  EXPECT_FALSE(Feedback("r-1", 1));
  EXPECT_THAT(Cli({"model", "get", "dr"}).output, Not(HasSubstr("In use")));
}

}  // namespace
}  // namespace fovea
