#include "server/rpc/classification_service.h"

#include <gmock/gmock.h>

#include <map>
#include <thread>

#include "tests/server/rpc/classification_server.h"

namespace fovea {
namespace {

using testing::HasSubstr;

using ClassificationServiceTest = ClassificationServer;

TEST_F(ClassificationServiceTest, AnswersEverythingACallerExpects) {
  Start();
  v1::ClassifyResponse response;
  const grpc::Status status = Classify(Request(Photograph(), "r-1"), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.request_id(), "r-1");
  EXPECT_EQ(response.probabilities_size(), 5);
  EXPECT_EQ(response.logits_size(), 5);
  EXPECT_EQ(response.grade_name(), std::to_string(response.grade()));
  EXPECT_EQ(response.model_version(), "models/dr/versions/1");
  EXPECT_EQ(response.weights_sha256().size(), 64u);
  EXPECT_EQ(response.preprocess_fingerprint().size(), 64u);
  EXPECT_EQ(response.referable(), response.grade() >= 2);
  EXPECT_NEAR(response.referable_score(),
              response.probabilities(2) + response.probabilities(3) + response.probabilities(4),
              1e-6);
  EXPECT_GT(response.latency().decode_ms(), 0);
  EXPECT_EQ(response.latency().batch_size(), 1);
  EXPECT_THAT(response.notice(), HasSubstr("Not a medical device"));
}

TEST_F(ClassificationServiceTest, RequestWithoutIdGetsOne) {
  Start();
  v1::ClassifyResponse response;
  ASSERT_TRUE(Classify(Request(Photograph()), &response).ok());
  EXPECT_FALSE(response.request_id().empty());
}

TEST_F(ClassificationServiceTest, BadRequestsAreInvalidArgument) {
  Start();
  v1::ClassifyResponse response;
  const auto code = [&](const v1::ClassifyRequest& request) {
    return Classify(request, &response).error_code();
  };
  EXPECT_EQ(code(Request("")), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(code(Request("GIF89a")), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(code(Request(Photograph(), std::string(129, 'x'))), grpc::StatusCode::INVALID_ARGUMENT);
  v1::ClassifyRequest request = Request(Photograph());
  request.set_model("models/../secret");
  EXPECT_EQ(code(request), grpc::StatusCode::INVALID_ARGUMENT);
  request.set_model("models/none");
  EXPECT_EQ(code(request), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ClassificationServiceTest, StreamAnswersAllWithTheirIdsAndBadOnesAsErrors) {
  Start({}, {.window = 3});
  constexpr int kImages = 40;
  const std::string photograph = Photograph();
  grpc::ClientContext context;
  const auto stream = stub_->ClassifyStream(&context);
  std::thread writer([&] {
    for (int i = 0; i < kImages; ++i) {
      const bool bad = i % 10 == 3;
      stream->Write(Request(bad ? "damaged" : photograph, std::to_string(i)));
    }
    stream->WritesDone();
  });
  std::map<std::string, v1::ClassifyStreamResponse> answers;
  v1::ClassifyStreamResponse answer;
  while (stream->Read(&answer)) answers[answer.request_id()] = answer;
  writer.join();
  EXPECT_TRUE(stream->Finish().ok());
  ASSERT_EQ(answers.size(), static_cast<size_t>(kImages));
  for (int i = 0; i < kImages; ++i) {
    const v1::ClassifyStreamResponse& got = answers[std::to_string(i)];
    if (i % 10 == 3) {
      EXPECT_EQ(got.error().code(), grpc::StatusCode::INVALID_ARGUMENT) << i;
      EXPECT_THAT(got.error().message(), HasSubstr("image: ")) << i;
    } else {
      EXPECT_EQ(got.response().request_id(), std::to_string(i));
    }
  }
}

TEST_F(ClassificationServiceTest, EmptyStreamEndsWell) {
  Start();
  grpc::ClientContext context;
  const auto stream = stub_->ClassifyStream(&context);
  stream->WritesDone();
  v1::ClassifyStreamResponse answer;
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(ClassificationServiceTest, CancelledStreamsLeaveNothingBehind) {
  Start({}, {.window = 8, .max_streams = 1});
  const std::string photograph = Photograph();
  for (int round = 0; round < 5; ++round) {
    grpc::ClientContext context;
    const auto stream = stub_->ClassifyStream(&context);
    for (int i = 0; i < 8; ++i) stream->Write(Request(photograph));
    context.TryCancel();
    v1::ClassifyStreamResponse answer;
    while (stream->Read(&answer)) {
    }
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
    // max_streams is 1: the next stream is only taken once the cancelled one is gone.
    grpc::Status status;
    do {
      grpc::ClientContext next;
      const auto probe = stub_->ClassifyStream(&next);
      probe->WritesDone();
      while (probe->Read(&answer)) {
      }
      status = probe->Finish();
    } while (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
}

TEST_F(ClassificationServiceTest, IdleStreamsEndWhenTheServerShutsDown) {
  Start();
  grpc::ClientContext context;
  const auto stream = stub_->ClassifyStream(&context);
  v1::ClassifyStreamResponse answer;
  stream->Write(Request(Photograph(), "before"));
  ASSERT_TRUE(stream->Read(&answer));
  EXPECT_EQ(answer.response().request_id(), "before");
  streams_.CloseAll();
  EXPECT_FALSE(stream->Read(&answer));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("send what has no answer again"));
}

TEST_F(ClassificationServiceTest, WhatAStreamSentBeforeShutdownIsAnswered) {
  Start();
  constexpr int kImages = 8;
  grpc::ClientContext context;
  const auto stream = stub_->ClassifyStream(&context);
  for (int i = 0; i < kImages; ++i) stream->Write(Request(Photograph(), std::to_string(i)));
  v1::ClassifyStreamResponse answer;
  ASSERT_TRUE(stream->Read(&answer));
  streams_.CloseAll();
  int answers = 1;
  while (stream->Read(&answer)) {
    EXPECT_TRUE(answer.has_response()) << answer.error().message();
    ++answers;
  }
  EXPECT_EQ(answers, ClassifiedSoFar());
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ClassificationServiceTest, DeadlineThatPassedWhileWaitingIsNotRun) {
  Start();
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now());
  v1::ClassifyResponse response;
  EXPECT_EQ(stub_->Classify(&context, Request(Photograph()), &response).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(ClassificationServiceTest, AnUngradablePhotographIsAnAnswerWithoutAGrade) {
  Start();
  v1::ClassifyResponse response;
  const grpc::Status status = Classify(Request(UngradablePhotograph(), "r-2"), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(response.ungradable());
  EXPECT_EQ(response.grade(), -1);
  EXPECT_EQ(response.grade_name(), "");
  EXPECT_EQ(response.probabilities_size(), 0);
  EXPECT_EQ(response.logits_size(), 0);
  EXPECT_FALSE(response.referable());
  EXPECT_EQ(response.request_id(), "r-2");
  EXPECT_EQ(response.model_version(), "models/dr/versions/1");
  EXPECT_GT(response.latency().total_ms(), 0);
  EXPECT_EQ(response.latency().batch_size(), 0);
  EXPECT_THAT(response.notice(), HasSubstr("Not a medical device"));
  ASSERT_GT(response.quality().findings_size(), 0);
  EXPECT_EQ(response.quality().findings(0).reason(), "not_a_fundus");
  EXPECT_THAT(response.quality().findings(0).message(), HasSubstr("fundus"));
}

TEST_F(ClassificationServiceTest, GradeAnywayGradesAndStillSaysWhatIsWrong) {
  Start();
  v1::ClassifyRequest request = Request(UngradablePhotograph());
  request.set_grade_anyway(true);
  v1::ClassifyResponse response;
  ASSERT_TRUE(Classify(request, &response).ok());
  EXPECT_FALSE(response.ungradable());
  EXPECT_GE(response.grade(), 0);
  EXPECT_EQ(response.probabilities_size(), 5);
  EXPECT_GT(response.quality().findings_size(), 0);
}

TEST_F(ClassificationServiceTest, QualityIsThereForAGoodPhotographAndOnlyWithAGate) {
  Start();
  v1::ClassifyResponse response;
  ASSERT_TRUE(Classify(Request(Photograph()), &response).ok());
  EXPECT_TRUE(response.has_quality());
  EXPECT_EQ(response.quality().findings_size(), 0);
}

TEST_F(ClassificationServiceTest, WithoutAGateNothingIsSaidOfQuality) {
  Start({.quality_gate = {.enabled = false}});
  v1::ClassifyResponse response;
  ASSERT_TRUE(Classify(Request(UngradablePhotograph()), &response).ok());
  EXPECT_FALSE(response.has_quality());
  EXPECT_GE(response.grade(), 0);
}

TEST_F(ClassificationServiceTest, StreamsAnswerUngradablePhotographsToo) {
  Start();
  grpc::ClientContext context;
  const auto stream = stub_->ClassifyStream(&context);
  stream->Write(Request(UngradablePhotograph(), "bad"));
  v1::ClassifyRequest anyway = Request(UngradablePhotograph(), "anyway");
  anyway.set_grade_anyway(true);
  stream->Write(anyway);
  stream->WritesDone();
  std::map<std::string, v1::ClassifyStreamResponse> answers;
  v1::ClassifyStreamResponse answer;
  while (stream->Read(&answer)) answers[answer.request_id()] = answer;
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_TRUE(answers["bad"].response().ungradable());
  ASSERT_TRUE(answers["anyway"].has_response());
  EXPECT_FALSE(answers["anyway"].response().ungradable());
}

}  // namespace
}  // namespace fovea
