#include "server/rpc/classify_stream.h"

#include <utility>

#include "server/rpc/classification_service.h"

namespace fovea {
namespace {
constexpr int64_t kBytesUnderWay = int64_t{64} << 20;
}  // namespace

ClassifyStreamReactor* ClassifyStreamReactor::Start(const RpcEnv& env, Engine* engine,
                                                    AnswerRecorder* answers,
                                                    StreamRegistry* streams,
                                                    grpc::CallbackServerContext* context,
                                                    const ClassifyStreamLimits& limits,
                                                    std::atomic<int>* open_streams) {
  const bool too_many = open_streams->fetch_add(1) >= limits.max_streams;
  const std::shared_ptr<ClassifyStreamReactor> stream(
      new ClassifyStreamReactor(env, engine, answers, context, limits.window, open_streams));
  stream->Begin(too_many);
  streams->Add(stream);
  // gRPC calls OnDone, which lets go of the object, only after this pointer has been returned.
  return stream.get();
}

ClassifyStreamReactor::ClassifyStreamReactor(const RpcEnv& env, Engine* engine,
                                             AnswerRecorder* answers,
                                             grpc::CallbackServerContext* context, int window,
                                             std::atomic<int>* open_streams)
    : timer_(env.metrics, "ClassificationService/ClassifyStream"),
      engine_(engine),
      recorder_(answers),
      context_(context),
      window_(window),
      open_streams_(open_streams) {}

void ClassifyStreamReactor::Begin(bool too_many) {
  absl::MutexLock lock(&mutex_);
  self_ = shared_from_this();
  if (!too_many) {
    ReadNextLocked();
    return;
  }
  status_ = absl::ResourceExhaustedError("too many classification streams; try again later");
  read_all_ = true;
  FinishIfOverLocked();
}

void ClassifyStreamReactor::Close() {
  absl::MutexLock lock(&mutex_);
  if (status_.ok()) {
    status_ = absl::UnavailableError(
        "the server is shutting down; send what has no answer again in a moment");
  }
  closed_ = true;
  read_all_ = true;
  FinishIfOverLocked();
}

void ClassifyStreamReactor::ReadNextLocked() {
  const int open = under_way_ + static_cast<int>(answers_.size());
  if (reading_ || read_all_ || open >= window_ || bytes_ >= kBytesUnderWay) return;
  reading_ = true;
  incoming_.Clear();
  StartRead(&incoming_);
}

void ClassifyStreamReactor::OnReadDone(bool ok) {
  RequestPtr request;
  {
    absl::MutexLock lock(&mutex_);
    reading_ = false;
    if (finished_) return;  // It was closed while this was read.
    if (!ok) {
      read_all_ = true;
      FinishIfOverLocked();
      return;
    }
    request = std::make_shared<v1::ClassifyRequest>(std::move(incoming_));
    ++under_way_;
    bytes_ += static_cast<int64_t>(request->image().size());
    ReadNextLocked();
  }
  Submit(std::move(request));
}

void ClassifyStreamReactor::Submit(RequestPtr request) {
  const std::string id = RequestIdOf(*request);
  const auto done = [this, self = shared_from_this(), request, id](absl::StatusOr<Classification> result) {
    v1::ClassifyStreamResponse response;
    response.set_request_id(id);
    if (result.ok()) {
      ToProto(*result, id, response.mutable_response());
      recorder_->Record(AnswerOf(*result, response.response()));
    } else {
      response.mutable_error()->set_code(static_cast<int>(result.status().code()));
      response.mutable_error()->set_message(std::string(result.status().message()));
    }
    Answer(static_cast<int64_t>(request->image().size()), std::move(response));
  };
  if (const absl::Status status = CheckClassifyRequest(*request); !status.ok()) {
    done(status);
    return;
  }
  ClassifyTask task;
  task.model = request->model();
  task.image = request->image();  // Lives as long as `done`, which holds the request.
  task.explain = request->explain();
  task.grade_anyway = request->grade_anyway();
  task.deadline = absl::FromChrono(context_->deadline());
  task.cancelled = [this] { return cancelled_.load(); };
  task.done = done;
  engine_->Submit(std::move(task), Admission::kWindowed);
}

void ClassifyStreamReactor::Answer(int64_t bytes, v1::ClassifyStreamResponse response) {
  absl::MutexLock lock(&mutex_);
  --under_way_;
  bytes_ -= bytes;
  if (!broken_) answers_.push_back(std::move(response));
  WriteNextLocked();
  ReadNextLocked();
  FinishIfOverLocked();
}

void ClassifyStreamReactor::WriteNextLocked() {
  if (writing_ || answers_.empty() || finished_) return;
  writing_ = true;
  StartWrite(&answers_.front());
}

void ClassifyStreamReactor::OnWriteDone(bool ok) {
  absl::MutexLock lock(&mutex_);
  writing_ = false;
  answers_.pop_front();
  if (!ok) {
    broken_ = true;
    read_all_ = true;
    answers_.clear();
  }
  WriteNextLocked();
  ReadNextLocked();
  FinishIfOverLocked();
}

void ClassifyStreamReactor::OnCancel() { cancelled_ = true; }

void ClassifyStreamReactor::FinishIfOverLocked() {
  const bool answered = !writing_ && under_way_ == 0 && answers_.empty();
  const bool read = read_all_ && (!reading_ || closed_);
  if (finished_ || !answered || !read) return;
  finished_ = true;
  if (status_.ok() && cancelled_) status_ = absl::CancelledError("the caller cancelled the call");
  timer_.Done(status_);
  Finish(ToGrpcStatus(status_));
}

void ClassifyStreamReactor::OnDone() {
  open_streams_->fetch_sub(1);
  std::shared_ptr<ClassifyStreamReactor> self;  // Let go of after the mutex.
  absl::MutexLock lock(&mutex_);
  self = std::move(self_);
}

}  // namespace fovea
