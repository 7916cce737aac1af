// Both eyes of a patient, through a real server.
#include "server/rpc/classify_patient.h"

#include <gmock/gmock.h>

#include <thread>

#include "absl/synchronization/notification.h"
#include "tests/server/rpc/classification_server.h"
#include "tests/testing/await.h"

namespace fovea {
namespace {

using testing::HasSubstr;

class ClassifyPatientTest : public ClassificationServer {
 protected:
  grpc::Status ClassifyPatient(const std::string& left, const std::string& right,
                               v1::ClassifyPatientResponse* response,
                               const std::string& request_id = "p-1", bool grade_anyway = false,
                               absl::Duration timeout = absl::Seconds(60)) {
    v1::ClassifyPatientRequest request;
    request.set_left_image(left);
    request.set_right_image(right);
    request.set_request_id(request_id);
    request.set_grade_anyway(grade_anyway);
    return Send(request, response, timeout);
  }

  grpc::Status Send(const v1::ClassifyPatientRequest& request,
                    v1::ClassifyPatientResponse* response,
                    absl::Duration timeout = absl::Seconds(60)) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
    return stub_->ClassifyPatient(&context, request, response);
  }

  // Keeps the inference thread busy until Release.
  void HoldInference() {
    engine_->Submit({.image = photograph_,
                     .done =
                         [this](const absl::StatusOr<Classification>&) {
                           held_.Notify();
                           release_.WaitForNotification();
                         }},
                    Admission::kRefuseWhenFull);
    held_.WaitForNotification();
  }
  void Release() { release_.Notify(); }

  const std::string photograph_ = Photograph();
  absl::Notification held_, release_;
};

TEST_F(ClassifyPatientTest, BothEyesAreAnsweredAndThePatientIsTheWorse) {
  Start();
  v1::ClassifyPatientResponse response;
  const grpc::Status status = ClassifyPatient(Photograph(0), Photograph(4), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.request_id(), "p-1");
  EXPECT_EQ(response.left().request_id(), "p-1/left");
  EXPECT_EQ(response.right().request_id(), "p-1/right");
  EXPECT_EQ(response.grade(), std::max(response.left().grade(), response.right().grade()));
  EXPECT_EQ(response.referable(), response.left().referable() || response.right().referable());
  EXPECT_TRUE(response.complete());
  EXPECT_FALSE(response.has_left_error());
  v1::ClassifyResponse alone;
  ASSERT_TRUE(Classify(Request(Photograph(4)), &alone).ok());
  ASSERT_EQ(response.right().logits_size(), alone.logits_size());
  for (int i = 0; i < alone.logits_size(); ++i) {
    EXPECT_NEAR(response.right().logits(i), alone.logits(i), 1e-4);
  }
}

TEST_F(ClassifyPatientTest, OneEyeIsAnAnswerThatIsNotComplete) {
  Start();
  v1::ClassifyPatientResponse response;
  ASSERT_TRUE(ClassifyPatient("", photograph_, &response, "").ok());
  EXPECT_FALSE(response.has_left());
  EXPECT_FALSE(response.has_left_error());
  EXPECT_EQ(response.grade(), response.right().grade());
  EXPECT_EQ(response.grade_name(), response.right().grade_name());
  EXPECT_FALSE(response.complete());
  EXPECT_FALSE(response.request_id().empty());
  EXPECT_EQ(response.right().request_id(), response.request_id() + "/right");
}

TEST_F(ClassifyPatientTest, NoEyeAndALongIdAreInvalid) {
  Start();
  v1::ClassifyPatientResponse response;
  grpc::Status status = ClassifyPatient("", "", &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("left_image: "));
  status = ClassifyPatient(photograph_, "", &response, std::string(121, 'x'));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("request_id: "));
  EXPECT_TRUE(ClassifyPatient(photograph_, "", &response, std::string(120, 'x')).ok());
}

TEST_F(ClassifyPatientTest, ADamagedPhotographIsThatEyesError) {
  Start();
  v1::ClassifyPatientResponse response;
  ASSERT_TRUE(
      ClassifyPatient(photograph_.substr(0, photograph_.size() / 2), photograph_, &response).ok());
  EXPECT_FALSE(response.has_left());
  EXPECT_EQ(response.left_error().code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(response.left_error().message(), HasSubstr("image: truncated"));
  EXPECT_GE(response.right().grade(), 0);
  EXPECT_EQ(response.grade(), response.right().grade());
  EXPECT_FALSE(response.complete());
}

TEST_F(ClassifyPatientTest, TwoDamagedPhotographsAreAnAnswerWithoutAGrade) {
  Start();
  v1::ClassifyPatientResponse response;
  ASSERT_TRUE(ClassifyPatient("GIF89a", "not a photograph", &response).ok());
  EXPECT_TRUE(response.has_left_error());
  EXPECT_TRUE(response.has_right_error());
  EXPECT_EQ(response.grade(), -1);
  EXPECT_EQ(response.grade_name(), "");
}

TEST_F(ClassifyPatientTest, ATooLargePhotographIsThatEyesError) {
  EngineOptions options;
  options.limits.max_bytes = static_cast<int64_t>(photograph_.size());
  Start(options);
  v1::ClassifyPatientResponse response;
  ASSERT_TRUE(ClassifyPatient(photograph_, photograph_ + std::string(1, '\0'), &response).ok());
  EXPECT_TRUE(response.has_left());
  EXPECT_THAT(response.right_error().message(), HasSubstr("image: too_large"));
}

TEST_F(ClassifyPatientTest, AnUngradableEyeHasNoGradeUnlessAskedFor) {
  Start();
  v1::ClassifyPatientResponse response;
  ASSERT_TRUE(ClassifyPatient(UngradablePhotograph(), photograph_, &response).ok());
  EXPECT_TRUE(response.left().ungradable());
  EXPECT_EQ(response.left().quality().findings(0).reason(), "not_a_fundus");
  EXPECT_EQ(response.grade(), response.right().grade());
  EXPECT_FALSE(response.complete());
  response.Clear();
  ASSERT_TRUE(
      ClassifyPatient(UngradablePhotograph(), photograph_, &response, "", /*grade_anyway=*/true)
          .ok());
  EXPECT_FALSE(response.left().ungradable());
  EXPECT_TRUE(response.complete());
}

TEST_F(ClassifyPatientTest, AnErrorThatIsNoPhotographsEndsTheCall) {
  Start();
  v1::ClassifyPatientRequest request;
  request.set_left_image(photograph_);
  request.set_right_image(photograph_);
  request.set_model("models/none");
  v1::ClassifyPatientResponse response;
  EXPECT_EQ(Send(request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
  request.set_model("models/../secret");
  EXPECT_EQ(Send(request, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ClassifyPatientTest, AFullQueueRefusesThePatientAtOnce) {
  Start({.max_queue = 1, .cores = 1});
  HoldInference();
  absl::Notification answered;
  engine_->Submit({.image = photograph_,
                   .done = [&](const absl::StatusOr<Classification>&) { answered.Notify(); }},
                  Admission::kRefuseWhenFull);
  v1::ClassifyPatientResponse response;
  const grpc::Status status = ClassifyPatient(photograph_, photograph_, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(engine_->QueueDepth(), 1);
  Release();
  answered.WaitForNotification();
}

TEST_F(ClassifyPatientTest, APatientTakesOnePlaceInTheQueue) {
  Start({.max_queue = 1, .cores = 1});
  HoldInference();
  v1::ClassifyPatientResponse response;
  grpc::Status status;
  std::thread caller([&] { status = ClassifyPatient(photograph_, photograph_, &response); });
  EXPECT_TRUE(AwaitCondition([&] { return engine_->QueueDepth() == 2; }));
  Release();
  caller.join();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(response.complete());
}

TEST_F(ClassifyPatientTest, APassedDeadlineLeavesNothingBehind) {
  Start();
  HoldInference();
  v1::ClassifyPatientResponse response;
  const grpc::Status status = ClassifyPatient(photograph_, photograph_, &response, "", false,
                                              absl::Milliseconds(300));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  Release();
  EXPECT_TRUE(AwaitCondition([&] { return engine_->QueueDepth() == 0; }));
  EXPECT_EQ(ClassifiedSoFar(), 1);  // The one that held the thread.
}

TEST_F(ClassifyPatientTest, ACancelledCallLeavesNothingBehind) {
  Start();
  HoldInference();
  v1::ClassifyPatientRequest request;
  request.set_left_image(photograph_);
  request.set_right_image(photograph_);
  v1::ClassifyPatientResponse response;
  grpc::ClientContext context;
  grpc::Status status;
  std::thread caller([&] { status = stub_->ClassifyPatient(&context, request, &response); });
  EXPECT_TRUE(AwaitCondition([&] { return engine_->QueueDepth() == 2; }));
  context.TryCancel();
  caller.join();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
  Release();
  EXPECT_TRUE(AwaitCondition([&] { return engine_->QueueDepth() == 0; }));
  EXPECT_TRUE(ClassifyPatient(photograph_, photograph_, &response).ok());
}

TEST_F(ClassifyPatientTest, AServerThatStopsSaysSo) {
  Start();
  engine_->Stop();
  v1::ClassifyPatientResponse response;
  EXPECT_EQ(ClassifyPatient(photograph_, photograph_, &response).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

v1::ClassifyResponse Eye(int grade) {
  v1::ClassifyResponse eye;
  eye.set_grade(grade);
  eye.set_grade_name("grade " + std::to_string(grade));
  eye.set_referable(grade >= 2);
  eye.set_vision_threatening(grade >= 3);
  eye.set_ungradable(grade < 0);
  return eye;
}

TEST(SummarisePatientTest, TheWorseEyeCounts) {
  v1::ClassifyPatientResponse response;
  *response.mutable_left() = Eye(3);
  *response.mutable_right() = Eye(1);
  SummarisePatient(&response);
  EXPECT_EQ(response.grade(), 3);
  EXPECT_EQ(response.grade_name(), "grade 3");
  EXPECT_TRUE(response.referable());
  EXPECT_TRUE(response.vision_threatening());
  EXPECT_TRUE(response.complete());
}

// By thresholds, the eye of the lower grade may be the one that is referable.
TEST(SummarisePatientTest, EitherEyeRefersThePatient) {
  v1::ClassifyPatientResponse response;
  *response.mutable_left() = Eye(2);
  response.mutable_left()->set_referable(false);
  *response.mutable_right() = Eye(1);
  response.mutable_right()->set_referable(true);
  SummarisePatient(&response);
  EXPECT_EQ(response.grade(), 2);
  EXPECT_TRUE(response.referable());
}

TEST(SummarisePatientTest, UngradableEyesGiveNoGrade) {
  v1::ClassifyPatientResponse response;
  *response.mutable_left() = Eye(-1);
  SummarisePatient(&response);
  EXPECT_EQ(response.grade(), -1);
  *response.mutable_right() = Eye(0);
  SummarisePatient(&response);
  EXPECT_EQ(response.grade(), 0);
  EXPECT_EQ(response.grade_name(), "grade 0");
  EXPECT_FALSE(response.complete());
}

}  // namespace
}  // namespace fovea
