// SubmitFeedback, and what is recorded of answers, through a real server.
#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/server/rpc/classification_server.h"

namespace fovea {
namespace {

using testing::HasSubstr;

class FeedbackTest : public ClassificationServer {
 protected:
  grpc::Status Submit(const std::string& id, int grade, const std::string& grader = "",
                      v1::SubmitFeedbackResponse* response = nullptr) {
    v1::SubmitFeedbackRequest request;
    request.set_request_id(id);
    request.set_true_grade(grade);
    request.set_grader(grader);
    v1::SubmitFeedbackResponse ignored;
    grpc::ClientContext context;
    return stub_->SubmitFeedback(&context, request, response == nullptr ? &ignored : response);
  }
  v1::ClassifyResponse Answered(const std::string& id) {
    v1::ClassifyResponse response;
    const grpc::Status status = Classify(Request(Photograph(), id), &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  AnswerTally Tally() {
    return answers_->Tally("models/dr/versions/1").value_or(AnswerTally());
  }
};

TEST_F(FeedbackTest, AnAnswerTakesFeedbackAtOnce) {
  Start();
  const v1::ClassifyResponse answer = Answered("r-1");
  v1::SubmitFeedbackResponse response;
  const grpc::Status status = Submit("r-1", 3, "anna", &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.model_version(), "models/dr/versions/1");
  EXPECT_EQ(response.answered_grade(), answer.grade());
  EXPECT_EQ(response.true_grade(), 3);
  EXPECT_EQ(Tally().confusion[3 * 5 + answer.grade()], 1);
  // Again: the newer grade replaces the older.
  ASSERT_TRUE(Submit("r-1", 1).ok());
  EXPECT_EQ(Tally().confusion[3 * 5 + answer.grade()], 0);
  EXPECT_EQ(Tally().confusion[1 * 5 + answer.grade()], 1);
}

TEST_F(FeedbackTest, WrongFeedbackIsRefusedInPlainWords) {
  Start();
  Answered("r-1");
  EXPECT_EQ(Submit("", 1).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Submit(std::string(129, 'x'), 1).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Submit("r-1", 1, std::string(129, 'x')).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  std::string umlauts;
  for (int i = 0; i < 128; ++i) umlauts += "ä";
  EXPECT_TRUE(Submit("r-1", 1, umlauts).ok());  // Characters, not bytes.
  const grpc::Status grade = Submit("r-1", 5);
  EXPECT_EQ(grade.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(grade.error_message(), HasSubstr("true_grade: is 5, allowed are 0 to 4"));
  EXPECT_EQ(Submit("r-1", -1).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const grpc::Status unknown = Submit("r-2", 1);
  EXPECT_EQ(unknown.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(unknown.error_message(), HasSubstr("keeps no answer"));
}

TEST_F(FeedbackTest, IdsThatTheServerMakesCannotBeGuessed) {
  Start();
  std::set<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.insert(Answered("").request_id());
  EXPECT_EQ(ids.size(), 5u);
  for (const std::string& id : ids) {
    EXPECT_EQ(id.size(), 32u);  // 128 random bits.
    EXPECT_TRUE(Submit(id, 1).ok());
  }
}

TEST_F(FeedbackTest, AnswersOfStreamsAndOfBothEyesTakeFeedback) {
  Start();
  grpc::ClientContext context;
  const auto stream = stub_->ClassifyStream(&context);
  for (const char* id : {"s-1", "s-2"}) stream->Write(Request(Photograph(), id));
  stream->Write(Request("not a photograph", "s-3"));
  stream->WritesDone();
  v1::ClassifyStreamResponse answer;
  while (stream->Read(&answer)) {
    EXPECT_EQ(Submit(answer.request_id(), 1).ok(), answer.has_response());
  }
  EXPECT_TRUE(stream->Finish().ok());

  v1::ClassifyPatientRequest patient;
  patient.set_request_id("p-1");
  patient.set_left_image(Photograph(0));
  patient.set_right_image(Photograph(4));
  v1::ClassifyPatientResponse eyes;
  grpc::ClientContext patient_context;
  ASSERT_TRUE(stub_->ClassifyPatient(&patient_context, patient, &eyes).ok());
  EXPECT_TRUE(Submit("p-1/left", 0).ok());
  EXPECT_TRUE(Submit("p-1/right", 4).ok());
  EXPECT_EQ(Submit("p-1", 4).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(FeedbackTest, RefusedPhotographsAreCountedAndTakeNone) {
  Start();
  const v1::ClassifyRequest request = Request(UngradablePhotograph(), "dark");
  v1::ClassifyResponse response;
  ASSERT_TRUE(Classify(request, &response).ok());
  ASSERT_TRUE(response.ungradable());
  EXPECT_EQ(Tally().ungradable, 1);
  const grpc::Status status = Submit("dark", 0);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("quality gate"));
}

TEST_F(FeedbackTest, ManyCallersAtOnce) {
  Start();
  constexpr int kThreads = 4, kEach = 10;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::string id = absl::StrCat(t, "-", i);
        Answered(id);
        EXPECT_TRUE(Submit(id, i % 5).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  int64_t graded = 0;
  for (const int64_t count : Tally().confusion) graded += count;
  EXPECT_EQ(graded, kThreads * kEach);
}

}  // namespace
}  // namespace fovea
