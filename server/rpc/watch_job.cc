#include "server/rpc/watch_job.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/grpc_status.h"
#include "common/base/names.h"
#include "server/jobs/job_state.h"

namespace fovea {
namespace {
constexpr int kBatch = 64;
}  // namespace

WatchJobStream* WatchJobStream::Start(const RpcEnv& env, const WatchOptions& options,
                                      JobManager* jobs, StreamRegistry* streams,
                                      grpc::CallbackServerContext* context,
                                      const v1::WatchJobRequest& request) {
  absl::StatusOr<std::string> job = ParseName("name", "jobs", request.name());
  const int64_t from = std::max<int64_t>(request.from_sequence(), 1);
  const std::shared_ptr<WatchJobStream> stream(
      new WatchJobStream(env, options, jobs, context, job.value_or(""), from));
  {
    absl::MutexLock lock(&stream->mutex_);
    stream->self_ = stream;
    if (!job.ok()) {
      stream->End(job.status());
    } else {
      stream->reading_ = true;
      env.executor->Post([stream] {
        stream->Subscribe();
        stream->Read();
      });
    }
  }
  streams->Add(stream);
  // gRPC calls OnDone, which lets go of the object, only after this pointer has been returned.
  return stream.get();
}

WatchJobStream::WatchJobStream(const RpcEnv& env, const WatchOptions& options, JobManager* jobs,
                               grpc::CallbackServerContext* context, std::string job,
                               int64_t from_sequence)
    : timer_(env.metrics, "TrainingService/WatchJob"),
      executor_(env.executor),
      options_(options),
      jobs_(jobs),
      context_(context),
      job_(std::move(job)),
      next_(from_sequence) {}

void WatchJobStream::Subscribe() {
  // The subscription ends before this object does, so the pointer stays good.
  subscription_ = jobs_->Subscribe(job_, [this] { Wake(); });
}

void WatchJobStream::Wake() {
  absl::MutexLock lock(&mutex_);
  news_ = true;
  if (!reading_ && batch_.empty()) PostRead();
}

void WatchJobStream::PostRead() {
  if (ending_) return;
  std::shared_ptr<WatchJobStream> self = weak_from_this().lock();
  if (self == nullptr) return;  // It is being destroyed.
  reading_ = true;
  executor_->Post([self = std::move(self)] { self->Read(); });
}

void WatchJobStream::Read() {
  int64_t from;
  {
    absl::MutexLock lock(&mutex_);
    from = next_;
    news_ = false;
  }
  // The job first: what it says of the end is then true of the events as well.
  const absl::StatusOr<v1::Job> job = jobs_->Get(job_);
  absl::StatusOr<std::vector<v1::JobEvent>> events = jobs_->ReadEvents(job_, from, kBatch);

  absl::MutexLock lock(&mutex_);
  reading_ = false;
  if (ending_) return;
  if (!job.ok()) return End(job.status());
  if (!events.ok()) return End(events.status());
  batch_.assign(std::make_move_iterator(events->begin()), std::make_move_iterator(events->end()));
  if (!batch_.empty()) return WriteNext();
  if (IsTerminal(job->state())) return End(absl::OkStatus());
  if (news_) PostRead();
}

void WatchJobStream::WriteNext() {
  writing_ = true;
  write_start_ = Clock::now();
  StartWrite(&batch_.front());
}

void WatchJobStream::OnWriteDone(bool ok) {
  absl::MutexLock lock(&mutex_);
  writing_ = false;
  if (!ok) return End(absl::CancelledError("the watcher has gone"));
  const bool last = batch_.front().has_finished();
  next_ = batch_.front().sequence() + 1;
  batch_.pop_front();
  if (last) return End(absl::OkStatus());
  if (ending_) return FinishNow();
  if (!batch_.empty()) return WriteNext();
  PostRead();
}

void WatchJobStream::End(const absl::Status& status) {
  if (!ending_) end_ = status;
  ending_ = true;
  if (!writing_) FinishNow();
}

void WatchJobStream::FinishNow() {
  if (finished_) return;
  finished_ = true;
  finish_time_ = Clock::now();
  if (absl::IsUnavailable(end_)) {
    end_ = absl::UnavailableError(
        absl::StrCat("the server is shutting down; watch again with from_sequence=", next_));
  }
  timer_.Done(end_);
  Finish(ToGrpcStatus(end_));
}

void WatchJobStream::OnCancel() {
  absl::MutexLock lock(&mutex_);
  End(absl::CancelledError("the watcher has gone"));
}

void WatchJobStream::Close() {
  absl::MutexLock lock(&mutex_);
  End(absl::UnavailableError(""));
}

void WatchJobStream::Tick() {
  absl::MutexLock lock(&mutex_);
  const Clock::time_point now = Clock::now();
  if (finished_) {
    // The status waits behind events that the consumer does not take.
    if (writing_ && now - finish_time_ > absl::ToChronoNanoseconds(options_.abort_grace)) context_->TryCancel();
    return;
  }
  if (!writing_ || now - write_start_ < absl::ToChronoNanoseconds(options_.slow_limit)) return;
  if (!ending_) {
    end_ = absl::AbortedError(absl::StrCat(
        "no event was taken for ", absl::FormatDuration(options_.slow_limit),
        "; watch again with from_sequence=", next_));
  }
  ending_ = true;
  FinishNow();
}

void WatchJobStream::OnDone() {
  std::shared_ptr<WatchJobStream> self;
  absl::MutexLock lock(&mutex_);
  self = std::move(self_);
}

}  // namespace fovea
