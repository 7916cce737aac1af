#include "server/rpc/trainer_stream.h"

#include <utility>

#include "common/base/grpc_status.h"
#include "common/base/names.h"
#include "common/base/status.h"

namespace fovea {

TrainerStream* TrainerStream::Start(JobManager* jobs, Executor* executor,
                                    StreamRegistry* streams) {
  const std::shared_ptr<TrainerStream> stream(new TrainerStream(jobs, executor));
  {
    absl::MutexLock lock(&stream->mutex_);
    stream->self_ = stream;
    stream->StartRead(&stream->incoming_);
  }
  streams->Add(stream);
  // gRPC calls OnDone, which lets go of the object, only after this pointer has been returned.
  return stream.get();
}

void TrainerStream::OnReadDone(bool ok) {
  // Also the end goes through the executor: by then every message before it has been handled.
  executor_->Post([self = shared_from_this(), ok] {
    if (ok) return self->Handle();
    self->Leave();
    absl::MutexLock lock(&self->mutex_);
    self->End(absl::OkStatus());
  });
}

void TrainerStream::Handle() {
  absl::Status status;
  if (job_.empty()) {
    status = incoming_.has_hello() ? HandleHello(incoming_.hello())
                                   : FieldError("message", "the first must be hello");
  } else {
    status = incoming_.has_report() ? HandleReport(incoming_.report())
                                    : FieldError("message", "must be report");
  }
  {
    absl::MutexLock lock(&mutex_);
    if (status.ok() && !ending_) return StartRead(&incoming_);
    End(status);
  }
  Leave();
}

absl::Status TrainerStream::HandleHello(const internal::v1::Hello& hello) {
  FOVEA_ASSIGN_OR_RETURN(std::string job, ParseName("hello.job", "jobs", hello.job()));
  FOVEA_ASSIGN_OR_RETURN(const int64_t last, jobs_->Attach(hello, shared_from_this()));
  job_ = std::move(job);
  attempt_ = hello.attempt();
  absl::MutexLock lock(&mutex_);
  internal::v1::ServerMessage welcome;
  welcome.mutable_welcome()->set_last_sequence(last);
  // Commands that came since Attach have waited for it.
  outgoing_.push_front(std::move(welcome));
  welcomed_ = true;
  WriteNext();
  return absl::OkStatus();
}

absl::Status TrainerStream::HandleReport(const internal::v1::Report& report) {
  FOVEA_RETURN_IF_ERROR(jobs_->Report(job_, attempt_, report));
  if (report.sequence() == 0) return absl::OkStatus();
  absl::MutexLock lock(&mutex_);
  internal::v1::ServerMessage ack;
  ack.mutable_ack()->set_sequence(report.sequence());
  Queue(std::move(ack));
  return absl::OkStatus();
}

// The stream is at its end: the job is no longer connected by it.
void TrainerStream::Leave() {
  if (!job_.empty()) jobs_->Detach(job_, this);
}

void TrainerStream::Queue(internal::v1::ServerMessage message) {
  if (ending_) return;
  // The newest acknowledgement covers those before it; the first may be on its way already.
  if (message.has_ack() && outgoing_.size() > 1 && outgoing_.back().has_ack()) {
    outgoing_.back() = std::move(message);
    return;
  }
  outgoing_.push_back(std::move(message));
  if (welcomed_ && !writing_) WriteNext();
}

void TrainerStream::WriteNext() {
  if (ending_) return;
  writing_ = true;
  StartWrite(&outgoing_.front());
}

void TrainerStream::OnWriteDone(bool ok) {
  absl::MutexLock lock(&mutex_);
  writing_ = false;
  outgoing_.pop_front();
  if (!ok && !ending_) return End(absl::CancelledError("the trainer has gone"));
  if (ending_) return FinishNow();
  if (!outgoing_.empty()) WriteNext();
}

void TrainerStream::Send(internal::v1::Command command) {
  absl::MutexLock lock(&mutex_);
  internal::v1::ServerMessage message;
  message.set_command(command);
  Queue(std::move(message));
}

void TrainerStream::Replaced() {
  absl::MutexLock lock(&mutex_);
  End(absl::AbortedError("another stream of this attempt has taken over"));
}

void TrainerStream::Close() {
  absl::MutexLock lock(&mutex_);
  End(absl::UnavailableError("the server is shutting down; dial again"));
}

void TrainerStream::OnCancel() {
  absl::MutexLock lock(&mutex_);
  End(absl::CancelledError("the trainer has gone"));
}

void TrainerStream::End(const absl::Status& status) {
  if (!ending_) end_ = status;
  ending_ = true;
  if (!writing_) FinishNow();
}

void TrainerStream::FinishNow() {
  if (finished_) return;
  finished_ = true;
  Finish(ToGrpcStatus(end_));
}

void TrainerStream::OnDone() {
  std::shared_ptr<TrainerStream> self;
  absl::MutexLock lock(&mutex_);
  self = std::move(self_);
}

}  // namespace fovea
