#include "server/rpc/classification_service.h"

#include <chrono>
#include <utility>

#include "common/base/names.h"
#include "common/base/status.h"
#include "server/convert/quality.h"
#include "server/rpc/classify_patient.h"
#include "server/rpc/request_id.h"

namespace fovea {
namespace {

constexpr int kFirstReferable = 2;
constexpr size_t kGrades = std::size(kGradeNames);

// Referable: grade >= 2 on the ICDR scale (Wilkinson et al., Ophthalmology 2003), so only for
// models that have its five grades.
void SetReferable(const Classification& classification, v1::ClassifyResponse* response) {
  if (classification.probabilities.size() != kGrades) return;
  double score = 0;
  for (size_t i = kFirstReferable; i < kGrades; ++i) score += classification.probabilities[i];
  response->set_referable(classification.grade >= kFirstReferable);
  response->set_referable_score(score);
}

void SetLatency(const Classification& classification, v1::Latency* latency) {
  latency->set_decode_ms(absl::ToDoubleMilliseconds(classification.decode));
  latency->set_preprocess_ms(absl::ToDoubleMilliseconds(classification.preprocess));
  latency->set_queue_ms(absl::ToDoubleMilliseconds(classification.queue));
  latency->set_inference_ms(absl::ToDoubleMilliseconds(classification.inference));
  latency->set_total_ms(absl::ToDoubleMilliseconds(classification.total));
  latency->set_batch_size(classification.batch_size);
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
  SetReferable(classification, response);
}

ClassificationServiceImpl::ClassificationServiceImpl(const RpcEnv& env, Engine* engine,
                                                     StreamRegistry* streams,
                                                     const ClassifyStreamLimits& limits)
    : env_(env), engine_(engine), streams_(streams), limits_(limits) {}

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
  task.done = [finish, request, response](absl::StatusOr<Classification> result) {
    if (result.ok()) ToProto(*result, RequestIdOf(*request), response);
    finish(result.status());
  };
  engine_->Submit(std::move(task), Admission::kRefuseWhenFull);
  return reactor;
}

grpc::ServerBidiReactor<v1::ClassifyRequest, v1::ClassifyStreamResponse>*
ClassificationServiceImpl::ClassifyStream(grpc::CallbackServerContext* context) {
  return ClassifyStreamReactor::Start(env_, engine_, streams_, context, limits_, &open_streams_);
}

grpc::ServerUnaryReactor* ClassificationServiceImpl::ClassifyPatient(
    grpc::CallbackServerContext* context, const v1::ClassifyPatientRequest* request,
    v1::ClassifyPatientResponse* response) {
  return PatientCall::Start(env_, engine_, context, request, response);
}

}  // namespace fovea
