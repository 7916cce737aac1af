#include "server/rpc/classification_service.h"

#include <chrono>
#include <utility>

#include "absl/time/clock.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "server/convert/quality.h"
#include "server/rpc/classify_patient.h"
#include "server/rpc/request_id.h"
#include "server/rpc/text_field.h"

namespace fovea {
namespace {

void SetLatency(const Classification& classification, v1::Latency* latency) {
  latency->set_decode_ms(absl::ToDoubleMilliseconds(classification.decode));
  latency->set_preprocess_ms(absl::ToDoubleMilliseconds(classification.preprocess));
  latency->set_queue_ms(absl::ToDoubleMilliseconds(classification.queue));
  latency->set_inference_ms(absl::ToDoubleMilliseconds(classification.inference));
  latency->set_total_ms(absl::ToDoubleMilliseconds(classification.total));
  latency->set_batch_size(classification.batch_size);
}

absl::Status RecordFeedback(AnswerRecorder* answers, const v1::SubmitFeedbackRequest& request,
                            v1::SubmitFeedbackResponse* response) {
  constexpr int kMostGrader = 128;
  if (request.request_id().empty()) {
    return FieldError("request_id", "empty: must be that of an earlier answer");
  }
  FOVEA_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  FOVEA_RETURN_IF_ERROR(CheckLength("grader", request.grader(), kMostGrader));
  FOVEA_ASSIGN_OR_RETURN(const GradedAnswer graded,
                         answers->SubmitFeedback({request.request_id(), request.true_grade(),
                                                  request.grader()}));
  response->set_model_version(graded.version);
  response->set_answered_grade(graded.answered);
  response->set_true_grade(graded.true_grade);
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckClassifyRequest(const v1::ClassifyRequest& request) {
  FOVEA_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  if (request.image().empty()) {
    return FieldError("image", "empty: must hold the bytes of a JPEG or PNG file");
  }
  return absl::OkStatus();
}

std::string RequestIdOf(const v1::ClassifyRequest& request) {
  return request.request_id().empty() ? MakeSecret() : request.request_id();
}

void ToProto(const Classification& classification, const std::string& request_id,
             v1::ClassifyResponse* response) {
  const Manifest& manifest = classification.served->model->manifest();
  response->set_request_id(request_id);
  response->set_model_version(classification.served->name);
  response->set_weights_sha256(manifest.weights_sha256);
  response->set_preprocess_fingerprint(manifest.preprocess_fingerprint);
  SetLatency(classification, response->mutable_latency());
  response->set_notice("Not a medical device: for research use.");
  if (classification.quality) *response->mutable_quality() = QualityToProto(*classification.quality);
  response->set_grade(classification.grade);
  response->set_ungradable(classification.ungradable());
  if (classification.ungradable()) return;
  response->set_grade_name(manifest.class_names[classification.grade]);
  response->mutable_probabilities()->Assign(classification.probabilities.begin(),
                                            classification.probabilities.end());
  response->mutable_logits()->Assign(classification.logits.begin(), classification.logits.end());
  response->set_expected_grade(classification.expected_grade);
  response->set_explanation(classification.explanation);
  response->set_referable(classification.referable);
  response->set_referable_score(classification.referable_score);
  response->set_vision_threatening(classification.vision_threatening);
  response->set_vision_threatening_score(classification.vision_threatening_score);
}

Answer AnswerOf(const Classification& classification, const v1::ClassifyResponse& response) {
  Answer answer;
  answer.request_id = response.request_id();
  answer.version = response.model_version();
  answer.num_classes = classification.served->model->manifest().num_classes;
  answer.grade = response.ungradable() ? kUngradable : response.grade();
  answer.time = absl::Now();
  return answer;
}

ClassificationServiceImpl::ClassificationServiceImpl(const RpcEnv& env, Engine* engine,
                                                     AnswerRecorder* answers,
                                                     StreamRegistry* streams,
                                                     const ClassifyStreamLimits& limits)
    : env_(env), engine_(engine), answers_(answers), streams_(streams), limits_(limits) {}

grpc::ServerUnaryReactor* ClassificationServiceImpl::Classify(grpc::CallbackServerContext* context,
                                                              const v1::ClassifyRequest* request,
                                                              v1::ClassifyResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const RpcTimer timer(env_.metrics, "ClassificationService/Classify");
  const auto finish = [reactor, timer](const absl::Status& status) {
    timer.Done(status);
    reactor->Finish(ToGrpcStatus(status));
  };
  if (const absl::Status status = CheckClassifyRequest(*request); !status.ok()) {
    finish(status);
    return reactor;
  }
  ClassifyTask task;
  task.model = request->model();
  task.image = request->image();  // Lives until Finish.
  task.explain = request->explain();
  task.grade_anyway = request->grade_anyway();
  task.deadline = absl::FromChrono(context->deadline());
  task.cancelled = [context] { return context->IsCancelled(); };
  task.done = [finish, request, response,
               answers = answers_](absl::StatusOr<Classification> result) {
    if (result.ok()) {
      ToProto(*result, RequestIdOf(*request), response);
      answers->Record(AnswerOf(*result, *response));
    }
    finish(result.status());
  };
  engine_->Submit(std::move(task), Admission::kRefuseWhenFull);
  return reactor;
}

grpc::ServerBidiReactor<v1::ClassifyRequest, v1::ClassifyStreamResponse>*
ClassificationServiceImpl::ClassifyStream(grpc::CallbackServerContext* context) {
  return ClassifyStreamReactor::Start(env_, engine_, answers_, streams_, context, limits_,
                                      &open_streams_);
}

grpc::ServerUnaryReactor* ClassificationServiceImpl::SubmitFeedback(
    grpc::CallbackServerContext* context, const v1::SubmitFeedbackRequest* request,
    v1::SubmitFeedbackResponse* response) {
  return RunUnary(env_, context, "ClassificationService/SubmitFeedback",
                  [=, this] { return RecordFeedback(answers_, *request, response); });
}

grpc::ServerUnaryReactor* ClassificationServiceImpl::ClassifyPatient(
    grpc::CallbackServerContext* context, const v1::ClassifyPatientRequest* request,
    v1::ClassifyPatientResponse* response) {
  return PatientCall::Start(env_, engine_, answers_, context, request, response);
}

}  // namespace fovea
