#include "server/rpc/evaluation_service.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "server/convert/check.h"
#include "server/convert/evaluation_report.h"
#include "server/convert/evaluation_spec.h"
#include "server/evaluations/stored_pair.h"
#include "server/rpc/paging.h"
#include "server/rpc/request_id.h"

namespace fovea {
namespace {

absl::StatusOr<std::string> IdIn(absl::string_view field, const std::string& name) {
  return ParseName(field, "evaluations", name);
}

absl::Status Begin(const PlanEvaluation& plan, JobManager* jobs, const v1::EvaluateRequest& request,
                   v1::Job* job) {
  FOVEA_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  if (!request.request_id().empty()) {
    // Before anything is checked: the model may be gone since, the job that was made is not.
    absl::StatusOr<v1::Job> made = jobs->FindByRequestId(request.request_id());
    if (made.ok()) *job = *std::move(made);
    if (!absl::IsNotFound(made.status())) return made.status();
  }
  v1::EvaluationSpec spec = request.spec();
  FOVEA_RETURN_IF_ERROR(ResolveEvaluationSpec(&spec));
  FOVEA_ASSIGN_OR_RETURN(v1::Job wanted, plan(spec));
  FOVEA_RETURN_IF_ERROR(jobs->CheckDevice(wanted.spec()));
  wanted.set_request_id(request.request_id());
  FOVEA_ASSIGN_OR_RETURN(*job, jobs->Create(wanted));
  return absl::OkStatus();
}

absl::Status List(const EvaluationStore& evaluations, const v1::ListEvaluationsRequest& request,
                  v1::ListEvaluationsResponse* response) {
  FOVEA_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size()));
  FOVEA_ASSIGN_OR_RETURN(const std::string after, ParsePageToken(request.page_token()));
  if (!request.model().empty()) {
    FOVEA_RETURN_IF_ERROR(ParseModelRef("model", request.model()).status());
  }
  std::vector<v1::Evaluation> page = evaluations.List(after, size + 1, request.model());
  const bool more = static_cast<int>(page.size()) > size;
  if (more) page.pop_back();
  for (v1::Evaluation& one : page) *response->add_evaluations() = std::move(one);
  if (!more) return absl::OkStatus();
  FOVEA_ASSIGN_OR_RETURN(const std::string last,
                         IdIn("name", response->evaluations().rbegin()->name()));
  response->set_next_page_token(MakePageToken(last));
  return absl::OkStatus();
}

absl::Status Compare(const EvaluationStore& evaluations,
                     const v1::CompareEvaluationsRequest& request,
                     v1::EvaluationComparison* response) {
  BootstrapOptions bootstrap;
  if (request.has_resamples()) bootstrap.resamples = request.resamples();
  FOVEA_RETURN_IF_ERROR(CheckInt("resamples", bootstrap.resamples, 1, kMostResamples));
  bootstrap.seed = request.seed();
  FOVEA_ASSIGN_OR_RETURN(const StoredEvaluation first,
                         ReadStored(evaluations, "first", request.first()));
  FOVEA_ASSIGN_OR_RETURN(const StoredEvaluation second,
                         ReadStored(evaluations, "second", request.second()));
  if (!SamePhotographs(first, second)) {
    return absl::FailedPreconditionError(
        "second: graded other photographs than first; evaluate both versions on the same part of "
        "the same data set");
  }
  FOVEA_ASSIGN_OR_RETURN(const ModelComparison comparison,
                         CompareStored(first, second, bootstrap));
  *response = ComparisonToProto(comparison);
  response->set_first(request.first());
  response->set_second(request.second());
  response->set_images(static_cast<int64_t>(first.graded.paths.size()));
  response->set_parts_share_patients(first.record.parts_share_patients() ||
                                     second.record.parts_share_patients());
  return absl::OkStatus();
}

v1::Prediction PredictionOf(const GradedPhotographs& graded, size_t image) {
  const std::span<const double> row = graded.predictions.Row(image);
  v1::Prediction prediction;
  prediction.set_path(graded.paths[image]);
  prediction.set_patient(graded.predictions.patients[image]);
  prediction.set_label(graded.predictions.labels[image]);
  prediction.set_predicted(graded.predictions.Answer(image));
  prediction.mutable_probabilities()->Assign(row.begin(), row.end());
  if (!graded.inference_ms.empty()) prediction.set_inference_ms(graded.inference_ms[image]);
  return prediction;
}

absl::Status ListPage(const EvaluationStore& evaluations, const v1::ListPredictionsRequest& request,
                      v1::ListPredictionsResponse* response) {
  FOVEA_ASSIGN_OR_RETURN(const std::string id, IdIn("parent", request.parent()));
  FOVEA_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size()));
  FOVEA_ASSIGN_OR_RETURN(const std::string token, ParsePageToken(request.page_token()));
  size_t begin = 0;
  if (!token.empty() && !absl::SimpleAtoi(token, &begin)) {
    return FieldError("page_token", "is not one that this call gave; begin without one");
  }
  FOVEA_ASSIGN_OR_RETURN(const GradedPhotographs graded, evaluations.Predictions(id));
  const size_t end = std::min(begin + static_cast<size_t>(size), graded.paths.size());
  for (size_t i = begin; i < end; ++i) *response->add_predictions() = PredictionOf(graded, i);
  if (end < graded.paths.size()) {
    response->set_next_page_token(MakePageToken(absl::StrCat(end)));
  }
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* EvaluationServiceImpl::Evaluate(grpc::CallbackServerContext* context,
                                                          const v1::EvaluateRequest* request,
                                                          v1::Job* response) {
  return RunUnary(env_, context, "EvaluationService/Evaluate",
                  [=, this] { return Begin(plan_, jobs_, *request, response); });
}

grpc::ServerUnaryReactor* EvaluationServiceImpl::GetEvaluation(
    grpc::CallbackServerContext* context, const v1::GetEvaluationRequest* request,
    v1::Evaluation* response) {
  return RunUnary(env_, context, "EvaluationService/GetEvaluation", [=, this]() -> absl::Status {
    FOVEA_ASSIGN_OR_RETURN(const std::string id, IdIn("name", request->name()));
    FOVEA_ASSIGN_OR_RETURN(*response, evaluations_->Get(id));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* EvaluationServiceImpl::ListEvaluations(
    grpc::CallbackServerContext* context, const v1::ListEvaluationsRequest* request,
    v1::ListEvaluationsResponse* response) {
  return RunUnary(env_, context, "EvaluationService/ListEvaluations",
                  [=, this] { return List(*evaluations_, *request, response); });
}

grpc::ServerUnaryReactor* EvaluationServiceImpl::CompareEvaluations(
    grpc::CallbackServerContext* context, const v1::CompareEvaluationsRequest* request,
    v1::EvaluationComparison* response) {
  return RunUnary(bulk_env_, context, "EvaluationService/CompareEvaluations",
                  [=, this] { return Compare(*evaluations_, *request, response); });
}

grpc::ServerUnaryReactor* EvaluationServiceImpl::ListPredictions(
    grpc::CallbackServerContext* context, const v1::ListPredictionsRequest* request,
    v1::ListPredictionsResponse* response) {
  return RunUnary(bulk_env_, context, "EvaluationService/ListPredictions",
                  [=, this] { return ListPage(*evaluations_, *request, response); });
}

grpc::ServerUnaryReactor* EvaluationServiceImpl::DeleteEvaluation(
    grpc::CallbackServerContext* context, const v1::DeleteEvaluationRequest* request,
    google::protobuf::Empty* /*response*/) {
  return RunUnary(env_, context, "EvaluationService/DeleteEvaluation", [=, this]() -> absl::Status {
    FOVEA_ASSIGN_OR_RETURN(const std::string id, IdIn("name", request->name()));
    return evaluations_->Delete(id);
  });
}

}  // namespace fovea
