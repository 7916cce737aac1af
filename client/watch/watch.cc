#include "client/watch/watch.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/interrupt.h"
#include "client/report.h"
#include "client/watch/live_view.h"
#include "client/watch/plain_view.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

constexpr absl::Duration kFirstBackoff = absl::Milliseconds(200);
constexpr absl::Duration kMaxBackoff = absl::Seconds(5);

std::unique_ptr<WatchView> MakeView(const Session& session) {
  if (session.options.json) return std::make_unique<JsonView>();
  if (session.terminal.stdout_tty) return std::make_unique<LiveView>(session.terminal.out);
  return std::make_unique<PlainView>(session.terminal.out);
}

// Whether the same call may work later: the server has gone, drains, or cut a slow watcher off.
bool IsPassing(const absl::Status& status) {
  return status.ok() || absl::IsUnavailable(status) || absl::IsCancelled(status) ||
         absl::IsAborted(status) || absl::IsResourceExhausted(status);
}

ExitCode CodeOf(v1::JobState state) {
  if (state == v1::JOB_STATE_FAILED) return ExitCode::kJobFailed;
  if (state == v1::JOB_STATE_CANCELLED) return ExitCode::kJobCancelled;
  return ExitCode::kOk;
}

// One watch with all its connections. Used from one thread.
class Watcher {
 public:
  Watcher(const Session& session, Connection* connection, const WatchOptions& options)
      : session_(session),
        connection_(connection),
        options_(options),
        view_(MakeView(session)),
        next_sequence_(std::max<int64_t>(options.from_sequence, 1)) {}

  CommandResult Run() {
    FOVEA_ASSIGN_OR_RETURN(const v1::Job job, GetJob());
    view_->Start(job);
    while (true) {
      const absl::Status status = ReadEvents();
      if (status.ok() && !ended_.has_value()) FOVEA_RETURN_IF_ERROR(AskForTheEnd());
      if (ended_.has_value()) return CodeOf(*ended_);
      if (interrupts_.interrupted()) return Detach();
      if (!IsPassing(status) || !WaitToReconnect(status)) {
        if (interrupts_.interrupted()) return Detach();
        view_->Stop();
        Note(absl::StrCat("go on watching with: ", ResumeCommand()));
        return status.ok() ? absl::UnavailableError("the server ended the watch") : status;
      }
    }
  }

 private:
  absl::StatusOr<v1::Job> GetJob() const {
    v1::GetJobRequest request;
    request.set_name(options_.name);
    return Call(*connection_, connection_->training(),
                &v1::TrainingService::StubInterface::GetJob, request);
  }

  // The stream ended well without the last event: it lies before the first one that was asked for.
  absl::Status AskForTheEnd() {
    FOVEA_ASSIGN_OR_RETURN(const v1::Job job, GetJob());
    const bool over = job.state() == v1::JOB_STATE_SUCCEEDED ||
                      job.state() == v1::JOB_STATE_FAILED ||
                      job.state() == v1::JOB_STATE_CANCELLED;
    if (!over) return absl::OkStatus();
    ended_ = job.state();
    view_->Stop();
    Note("the job has ended; it has no event from that number on");
    return absl::OkStatus();
  }

  // Reads one stream to its end.
  absl::Status ReadEvents() {
    grpc::ClientContext context;
    const CancelOnInterrupt guard(&interrupts_, &context);
    v1::WatchJobRequest request;
    request.set_name(options_.name);
    request.set_from_sequence(next_sequence_);
    const auto reader = connection_->training()->WatchJob(&context, request);
    v1::JobEvent event;
    while (reader->Read(&event)) {
      if (event.sequence() < next_sequence_) continue;
      if (lost_since_ != absl::InfinitePast()) view_->Notice("connected again");
      lost_since_ = absl::InfinitePast();
      backoff_ = kFirstBackoff;
      next_sequence_ = event.sequence() + 1;
      view_->Event(event);
      if (event.has_finished()) ended_ = event.finished().state();
    }
    return FromGrpcStatus(reader->Finish());
  }

  // False when it is too late, or at an interrupt.
  bool WaitToReconnect(const absl::Status& status) {
    const absl::Time now = absl::Now();
    if (options_.reconnect_for <= absl::ZeroDuration()) return false;
    if (lost_since_ == absl::InfinitePast()) {
      lost_since_ = now;
      view_->Notice(absl::StrCat("connection to ", session_.options.server, " lost",
                                 status.message().empty() ? "" : " (", status.message(),
                                 status.message().empty() ? "" : ")", "; trying again for ",
                                 absl::FormatDuration(options_.reconnect_for)));
    }
    if (now - lost_since_ >= options_.reconnect_for) return false;
    const bool quiet = interrupts_.WaitFor(backoff_);
    backoff_ = std::min(backoff_ * 1.6, kMaxBackoff);
    return quiet;
  }

  std::string ResumeCommand() const {
    return absl::StrCat("fovea job watch ", options_.name, " --from-sequence ", next_sequence_);
  }

  ExitCode Detach() {
    view_->Stop();
    Note(absl::StrCat("detached; the job goes on. Go on watching with:\n  ", ResumeCommand()));
    return ExitCode::kInterrupted;
  }

  const Session& session_;
  Connection* const connection_;
  const WatchOptions options_;
  const std::unique_ptr<WatchView> view_;
  Interrupts interrupts_;
  int64_t next_sequence_;
  std::optional<v1::JobState> ended_;
  absl::Time lost_since_ = absl::InfinitePast();
  absl::Duration backoff_ = kFirstBackoff;
};

}  // namespace

CommandResult WatchJob(const Session& session, Connection* connection,
                       const WatchOptions& options) {
  return Watcher(session, connection, options).Run();
}

}  // namespace fovea::client
