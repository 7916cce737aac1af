#include "server/rpc/classify_patient.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "server/rpc/classification_service.h"

namespace fovea {
namespace {

constexpr size_t kMaxRequestId = 120;

// Errors of decoding begin so; see DecodeImage.
bool IsOfPhotograph(const absl::Status& status) {
  return absl::IsInvalidArgument(status) && absl::StartsWith(status.message(), "image: ");
}

}  // namespace

const PatientCall::Eye PatientCall::kLeft = {"left", &v1::ClassifyPatientRequest::left_image,
                                             &v1::ClassifyPatientResponse::mutable_left,
                                             &v1::ClassifyPatientResponse::mutable_left_error};
const PatientCall::Eye PatientCall::kRight = {"right", &v1::ClassifyPatientRequest::right_image,
                                              &v1::ClassifyPatientResponse::mutable_right,
                                              &v1::ClassifyPatientResponse::mutable_right_error};

absl::Status CheckClassifyPatientRequest(const v1::ClassifyPatientRequest& request) {
  if (request.request_id().size() > kMaxRequestId) {
    return FieldError("request_id",
                      absl::StrCat("is longer than ", kMaxRequestId, " characters"));
  }
  if (request.left_image().empty() && request.right_image().empty()) {
    return FieldError("left_image", "and right_image are empty: at least one must hold the bytes of "
                                    "a JPEG or PNG file");
  }
  return absl::OkStatus();
}

void SummarisePatient(v1::ClassifyPatientResponse* response) {
  response->set_grade(-1);
  int graded = 0;
  for (const v1::ClassifyResponse* eye : {response->has_left() ? &response->left() : nullptr,
                                          response->has_right() ? &response->right() : nullptr}) {
    if (eye == nullptr || eye->ungradable()) continue;
    ++graded;
    if (eye->grade() > response->grade()) {
      response->set_grade(eye->grade());
      response->set_grade_name(eye->grade_name());
    }
    response->set_referable(response->referable() || eye->referable());
    response->set_vision_threatening(response->vision_threatening() || eye->vision_threatening());
  }
  response->set_complete(graded == 2);
}

grpc::ServerUnaryReactor* PatientCall::Start(const RpcEnv& env, Engine* engine,
                                             AnswerRecorder* answers,
                                             grpc::CallbackServerContext* context,
                                             const v1::ClassifyPatientRequest* request,
                                             v1::ClassifyPatientResponse* response) {
  const std::shared_ptr<PatientCall> call(new PatientCall(env, answers, context, request, response));
  // The call may have finished when Run returns, but the reactor is the context's.
  grpc::ServerUnaryReactor* const reactor = call->reactor_;
  call->Run(engine);
  return reactor;
}

PatientCall::PatientCall(const RpcEnv& env, AnswerRecorder* answers,
                         grpc::CallbackServerContext* context,
                         const v1::ClassifyPatientRequest* request,
                         v1::ClassifyPatientResponse* response)
    : timer_(env.metrics, "ClassificationService/ClassifyPatient"),
      recorder_(answers),
      context_(context),
      reactor_(context->DefaultReactor()),
      request_(request),
      request_id_(request->request_id().empty() ? MakeSecret() : request->request_id()),
      response_(response) {}

void PatientCall::Run(Engine* engine) {
  const absl::Status status = CheckClassifyPatientRequest(*request_);
  if (status.ok()) {
    Submit(engine, kLeft, Admission::kRefuseWhenFull);
    const bool first = request_->left_image().empty();
    Submit(engine, kRight, first ? Admission::kRefuseWhenFull : Admission::kWindowed);
  } else {
    absl::MutexLock lock(&mutex_);
    status_ = status;
  }
  Done();
}

void PatientCall::Submit(Engine* engine, const Eye& eye, Admission admission) {
  const std::string& image = (request_->*eye.image)();
  if (image.empty() || failed_) return;
  {
    absl::MutexLock lock(&mutex_);
    ++waiting_for_;
  }
  ClassifyTask task;
  task.model = request_->model();
  task.image = image;  // Lives until Finish.
  task.explain = request_->explain();
  task.grade_anyway = request_->grade_anyway();
  task.pin = pin_;
  task.deadline = absl::FromChrono(context_->deadline());
  task.cancelled = [this] { return failed_ || context_->IsCancelled(); };
  task.done = [self = shared_from_this(), &eye](const absl::StatusOr<Classification>& result) {
    self->Answered(eye, result);
    self->Done();
  };
  engine->Submit(std::move(task), admission);
}

void PatientCall::Answered(const Eye& eye, const absl::StatusOr<Classification>& result) {
  absl::MutexLock lock(&mutex_);
  if (result.ok()) {
    v1::ClassifyResponse* const answer = (response_->*eye.answer)();
    ToProto(*result, absl::StrCat(request_id_, "/", eye.name), answer);
    answers_.push_back(AnswerOf(*result, *answer));
  } else if (IsOfPhotograph(result.status())) {
    v1::ClassifyError* error = (response_->*eye.error)();
    error->set_code(static_cast<int>(result.status().code()));
    error->set_message(std::string(result.status().message()));
  } else {
    failed_ = true;
    status_.Update(result.status());
  }
}

void PatientCall::Done() {
  absl::Status status;
  {
    absl::MutexLock lock(&mutex_);
    if (--waiting_for_ > 0) return;
    status = status_;
    if (status.ok()) {
      response_->set_request_id(request_id_);
      SummarisePatient(response_);
      for (Answer& answer : answers_) recorder_->Record(std::move(answer));
    }
  }
  timer_.Done(status);
  reactor_->Finish(ToGrpcStatus(status));
}

}  // namespace fovea
