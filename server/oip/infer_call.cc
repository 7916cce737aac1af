#include "server/oip/infer_call.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "server/oip/infer_response.h"

namespace fovea {
namespace {

// Calls that may wait for loads, which come one after the other.
constexpr int kMostLoading = 64;

// In the protocol, all that may go away by itself is UNAVAILABLE.
absl::Status ToProtocol(const absl::Status& status) {
  if (absl::IsResourceExhausted(status) || absl::IsFailedPrecondition(status)) {
    return absl::UnavailableError(status.message());
  }
  return status;
}

Answer AnswerOf(const Classification& classification, std::string request_id) {
  Answer answer;
  answer.request_id = std::move(request_id);
  answer.version = classification.served->name;
  answer.num_classes = classification.served->model->manifest().num_classes;
  answer.grade = classification.ungradable() ? kUngradable : classification.grade;
  answer.time = absl::Now();
  return answer;
}

}  // namespace

grpc::ServerUnaryReactor* InferCall::Start(const InferParts& parts,
                                           grpc::CallbackServerContext* context,
                                           const inference::ModelInferRequest* request,
                                           inference::ModelInferResponse* response) {
  const std::shared_ptr<InferCall> call(new InferCall(parts, context, request, response));
  // The call may have finished when FindModel returns, but the reactor is the context's.
  grpc::ServerUnaryReactor* const reactor = call->reactor_;
  call->FindModel();
  return reactor;
}

InferCall::InferCall(const InferParts& parts, grpc::CallbackServerContext* context,
                     const inference::ModelInferRequest* request,
                     inference::ModelInferResponse* response)
    : parts_(parts),
      timer_(parts.env.metrics, "GRPCInferenceService/ModelInfer"),
      arrived_(MonotonicNow()),
      context_(context),
      reactor_(context->DefaultReactor()),
      request_(request),
      response_(response) {}

void InferCall::FindModel() {
  absl::StatusOr<OipModel> model = ParseOipModel(request_->model_name());
  if (!model.ok()) return Finish(model.status());
  model_ = *std::move(model);
  const absl::StatusOr<std::string> reference = OipReference(model_, request_->model_version());
  if (!reference.ok()) return Finish(reference.status());
  if (ServedModelHandle served = parts_.models->Peek(*reference)) return Run(std::move(served));
  Load(*reference);
}

void InferCall::Load(const std::string& reference) {
  if (parts_.loading->fetch_add(1) >= kMostLoading) {
    parts_.loading->fetch_sub(1);
    return Finish(absl::UnavailableError("the model is being loaded; try again in a moment"));
  }
  parts_.loads->Post([self = shared_from_this(), reference] {
    absl::StatusOr<ServedModelHandle> served =
        self->context_->IsCancelled() ? absl::CancelledError("the caller cancelled the call")
                                      : self->parts_.models->Get(reference);
    self->parts_.loading->fetch_sub(1);
    if (!served.ok()) return self->Finish(ToProtocol(served.status()));
    self->Run(*std::move(served));
  });
}

void InferCall::Run(ServedModelHandle served) {
  served_ = std::move(served);
  absl::StatusOr<InferPlan> plan = PlanInference(*request_, served_->model->manifest(), model_.kind,
                                                 parts_.limits.max_inputs);
  if (!plan.ok()) return Finish(plan.status());
  plan_ = *std::move(plan);
  pin_ = std::make_shared<ModelPin>(served_);
  {
    absl::MutexLock lock(&mutex_);
    answers_.resize(plan_.inputs.size());
  }
  for (size_t i = 0; i < plan_.inputs.size() && !failed_; ++i) Submit(i);
  Done();
}

void InferCall::Submit(size_t index) {
  {
    absl::MutexLock lock(&mutex_);
    ++waiting_for_;
  }
  ClassifyTask task;
  task.model = served_->name;
  // The request lives until Finish.
  (model_.kind == InputKind::kImage ? task.image : task.tensor) = plan_.inputs[index];
  task.grade_anyway = plan_.grade_anyway;
  task.priority = plan_.priority;
  task.queue_timeout = plan_.queue_timeout;
  task.pin = pin_;
  task.part_of_request = true;
  task.deadline = absl::FromChrono(context_->deadline());
  task.cancelled = [this] { return failed_ || context_->IsCancelled(); };
  task.done = [self = shared_from_this(), index](absl::StatusOr<Classification> result) {
    self->Answered(index, std::move(result));
    self->Done();
  };
  parts_.engine->Submit(std::move(task),
                        index == 0 ? Admission::kRefuseWhenFull : Admission::kWindowed);
}

void InferCall::Answered(size_t index, absl::StatusOr<Classification> result) {
  absl::MutexLock lock(&mutex_);
  if (result.ok()) {
    answers_[index] = *std::move(result);
    return;
  }
  failed_ = true;
  const bool of_input = absl::IsInvalidArgument(result.status());
  status_.Update(of_input
                     ? Annotate(result.status(), absl::StrCat("inputs[0] element ", index))
                     : ToProtocol(result.status()));
}

void InferCall::Done() {
  absl::Status status;
  std::vector<Classification> answers;
  {
    absl::MutexLock lock(&mutex_);
    if (--waiting_for_ > 0) return;
    status = status_;
    answers = std::move(answers_);
  }
  if (status.ok()) Succeed(answers);
  Finish(status);
}

void InferCall::Succeed(const std::vector<Classification>& answers) {
  const absl::Duration start = MonotonicNow();
  response_->set_model_name(request_->model_name());
  response_->set_model_version(absl::StrCat(served_->version));
  response_->set_id(request_->id());
  (*response_->mutable_parameters())["notice"].set_string_param(kNotice);
  FillOutputs(plan_, answers, response_);
  if (model_.kind == InputKind::kImage) Record(answers);
  // The times of the input that took longest, so that they add up to no more than the whole.
  const Classification& last = *std::max_element(
      answers.begin(), answers.end(),
      [](const Classification& a, const Classification& b) { return a.total < b.total; });
  const absl::Duration end = MonotonicNow();
  parts_.statistics->RequestDone(*served_, model_.kind,
                                 {end - arrived_, last.queue, last.decode + last.preprocess,
                                  last.inference, end - start});
}

void InferCall::Record(const std::vector<Classification>& answers) {
  const std::string id = request_->id().empty() ? MakeSecret() : request_->id();
  for (size_t i = 0; i < answers.size(); ++i) {
    parts_.answers->Record(
        AnswerOf(answers[i], answers.size() == 1 ? id : absl::StrCat(id, "/", i)));
  }
}

void InferCall::Finish(const absl::Status& status) {
  if (!status.ok() && served_ != nullptr) {
    parts_.statistics->RequestFailed(*served_, model_.kind, status.code(),
                                     MonotonicNow() - arrived_);
  }
  timer_.Done(status);
  reactor_->Finish(ToGrpcStatus(status));
}

}  // namespace fovea
