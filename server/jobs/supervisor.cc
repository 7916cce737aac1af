#include "server/jobs/supervisor.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "server/jobs/attempt_file.h"
#include "server/jobs/log_tail.h"
#include "server/jobs/spawn.h"
#include "server/jobs/transitions.h"

namespace fovea {
namespace {

constexpr int kLogTailLines = 20;
// Exit codes of fovea-trainer that come with a checkpoint, as its --help says: drained, and no
// server to be reached for too long.
constexpr int kExitDrained = 4;
constexpr int kExitServerLost = 6;
// When the store or the disk failed, the same step is tried again after this.
constexpr std::chrono::seconds kRetry(1);
constexpr std::chrono::hours kLongTime(1);

std::chrono::nanoseconds Nanos(absl::Duration duration) { return absl::ToChronoNanoseconds(duration); }

void LogProblem(absl::string_view what, const std::string& job, const absl::Status& status) {
  Log(LogLevel::kError, what, {{"job", JobName(job)}, {"error", std::string(status.message())}});
}

std::string IdOf(const JobRow& row) { return row.job.name().substr(std::string("jobs/").size()); }

// A change that is made only while the job still runs attempt `attempt`.
JobStore::Change DuringAttempt(int32_t attempt, JobStore::Change change) {
  return [attempt, change = std::move(change)](JobRow* row, JobEvents* events) -> absl::Status {
    if (row->attempt.attempt != attempt) return absl::FailedPreconditionError("another attempt runs");
    return change(row, events);
  };
}

}  // namespace

Supervisor::Supervisor(const JobOptions& options, Ledger* ledger, TrainerLinks* links)
    : options_(options), ledger_(ledger), links_(links), wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Supervisor::~Supervisor() {
  {
    absl::MutexLock lock(&mutex_);
    stop_ = true;
  }
  Wake();
  thread_.reset();
}

absl::Status Supervisor::TakeOver() {
  if (!wake_fd_.valid()) return absl::InternalError("eventfd: no descriptor is free");
  FOVEA_ASSIGN_OR_RETURN(
      const std::vector<std::string> jobs,
      ledger_->store().Ids({v1::JOB_STATE_RUNNING, v1::JOB_STATE_CANCELLING}));
  for (const std::string& job : jobs) Adopt(job);
  return absl::OkStatus();
}

void Supervisor::Start() {
  thread_.emplace("supervisor", [this] { Run(); });
}

void Supervisor::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t wrote = write(wake_fd_.get(), &one, sizeof(one));
}

void Supervisor::Drain(absl::Duration timeout) {
  if (!thread_) return;
  {
    absl::MutexLock lock(&mutex_);
    drain_until_ = Clock::now() + Nanos(timeout);
  }
  Wake();
  absl::MutexLock lock(&mutex_);
  // SIGKILL ends every process; the rest is time to see that and write it down.
  mutex_.AwaitWithTimeout(absl::Condition(&drained_),
                          timeout + options_.kill_grace + options_.report_grace + absl::Seconds(5));
}

void Supervisor::Run() {
  while (!stopping()) {
    next_due_ = Clock::now() + kLongTime;
    std::erase_if(slots_, [this](Slot& slot) { return !Step(&slot); });
    if (!drain_until()) Schedule();
    ShowIdle(slots_.empty());
    Wait(next_due_);
  }
}

void Supervisor::Wait(Clock::time_point until) {
  std::vector<pollfd> polled = {{wake_fd_.get(), POLLIN, 0}};
  for (const Slot& slot : slots_) {
    // An ended process stays readable; its slot then waits for a due time or a Wake.
    if (slot.process && !slot.ended_since) polled.push_back({slot.process->poll_fd(), POLLIN, 0});
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  poll(polled.data(), polled.size(), static_cast<int>(std::max<int64_t>(left, 0)));
  uint64_t count;
  [[maybe_unused]] const ssize_t got = read(wake_fd_.get(), &count, sizeof(count));
}

void Supervisor::Adopt(const std::string& job) {
  const absl::StatusOr<JobRow> row = ledger_->store().GetRow(job);
  if (!row.ok()) return LogProblem("a job could not be read", job, row.status());
  Slot slot;
  slot.job = job;
  slot.attempt = row->attempt.attempt;
  slot.device = ResolveDevice(row->job.spec());
  absl::StatusOr<Process> process = Process::Open({row->attempt.pid, row->attempt.pid_start});
  if (process.ok()) {
    slot.process = *std::move(process);
  } else {
    slot.how_ended = "ended while the server was down";
  }
  Log(LogLevel::kInfo, slot.process ? "job taken over" : "trainer is gone",
      {{"job", JobName(job)}, {"attempt", absl::StrCat(slot.attempt)}});
  links_->Expect(job);
  slots_.push_back(std::move(slot));
}

bool Supervisor::IsOver(const Slot& slot, const absl::StatusOr<JobRow>& row) const {
  if (!row.ok()) return absl::IsNotFound(row.status());
  return row->attempt.attempt != slot.attempt || IsTerminal(row->job.state()) ||
         row->job.state() == v1::JOB_STATE_QUEUED;
}

bool Supervisor::Step(Slot* slot) {
  absl::StatusOr<JobRow> row = ledger_->store().GetRow(slot->job);
  if (row.ok() && row->attempt.has_outcome() && !IsOver(*slot, row)) {
    Settle(*row);
    row = ledger_->store().GetRow(slot->job);
  }
  if (!row.ok() && !absl::IsNotFound(row.status())) {
    LogProblem("a job could not be read", slot->job, row.status());
    Due(Clock::now() + kRetry);
    return true;
  }
  const bool over = IsOver(*slot, row);
  if (!slot->process || slot->process->Ended()) {
    if (!slot->ended_since) slot->ended_since = Clock::now();
    const Clock::time_point patience = *slot->ended_since + Nanos(options_.report_grace);
    if (!over && links_->Attached(slot->job) && Clock::now() < patience) {
      Due(patience);  // Its last reports may still be on their way.
      return true;
    }
    return !HandleEnd(slot, over);
  }
  // The job was deleted, so nothing that its process still does is wanted.
  if (!row.ok()) slot->process->Signal(SIGKILL);
  Press(slot, over, row.ok() && row->job.state() == v1::JOB_STATE_CANCELLING);
  return true;
}

void Supervisor::Settle(const JobRow& row) {
  using internal::v1::Outcome;
  const std::string job = IdOf(row);
  const Outcome& outcome = row.attempt.outcome;
  absl::Status status;
  if (row.job.state() == v1::JOB_STATE_CANCELLING || outcome.kind() == Outcome::KIND_CANCELLED) {
    status = ledger_->Apply(job, Cancelled).status();
  } else if (outcome.kind() == Outcome::KIND_SUCCEEDED) {
    status = SettleSuccess(row);
  } else if (outcome.kind() == Outcome::KIND_DRAINED) {
    status = ledger_->Apply(job, [](JobRow* changed, JobEvents* events) {
      return Requeue("its trainer wrote a checkpoint and stopped", changed, events);
    }).status();
  } else {
    const std::string error =
        outcome.error().empty() ? "the trainer gave no reason; see its log" : outcome.error();
    status = ledger_->Apply(job, [&](JobRow* changed, JobEvents* events) {
      return Fail(error, changed, events);
    }).status();
  }
  if (status.ok()) return;
  LogProblem("the end of an attempt could not be written; trying again", job, status);
  Due(Clock::now() + kRetry);
}

absl::Status Supervisor::SettleSuccess(const JobRow& row) {
  const std::string job = IdOf(row);
  const absl::StatusOr<std::string> published =
      options_.publish(row.job, JoinPath(JobDir(job), kStagingDir));
  return ledger_->Apply(job, [&](JobRow* changed, JobEvents* events) {
    if (!published.ok()) {
      return Fail(absl::StrCat("what came out could not be published: ",
                               published.status().message()), changed, events);
    }
    v1::JobResult result = changed->attempt.outcome.result();
    if (changed->job.has_evaluation()) {
      result.set_model_version(changed->job.evaluation().model());
      result.set_evaluation(*published);
    } else {
      result.set_model_version(*published);
    }
    return Succeed(result, changed, events);
  }).status();
}

// Writes down what the end of the process means for the job. False: that failed, try again.
bool Supervisor::HandleEnd(Slot* slot, bool over) {
  if (slot->process && slot->how_ended.empty()) {
    const ExitReport exit = slot->process->Reap();
    slot->how_ended = exit.text;
    slot->ended_orderly = exit.code == kExitDrained || exit.code == kExitServerLost;
  }
  if (!over && !WriteEnd(*slot)) {
    Due(Clock::now() + kRetry);
    return false;
  }
  links_->Forget(slot->job);
  return true;
}

bool Supervisor::WriteEnd(const Slot& slot) {
  const bool draining = drain_until().has_value();
  const std::string log = LogTail(JoinPath(JobDir(slot.job), kTrainerLog), kLogTailLines);
  std::string reason = absl::StrCat("its trainer ", slot.how_ended);
  if (!slot.stop_reason.empty()) absl::StrAppend(&reason, " since ", slot.stop_reason);
  const absl::Status status =
      ledger_->Apply(slot.job, DuringAttempt(slot.attempt, [&](JobRow* row, JobEvents* events) {
        const bool cancelling = row->job.state() == v1::JOB_STATE_CANCELLING;
        if (!slot.start_error.empty() && !cancelling) return Fail(slot.start_error, row, events);
        // One that has not begun to run is not lost, and neither is one that was told to stop.
        if (row->attempt.pid == 0) return Requeue("its trainer had not started", row, events);
        if (draining) return Requeue("the server is stopping", row, events);
        if (slot.ended_orderly) return Requeue(reason, row, events);
        return Lose(reason, log, row, events);
      })).status();
  Log(LogLevel::kWarning, "attempt ended without an outcome",
      {{"job", JobName(slot.job)},
       {"why", slot.start_error.empty() ? reason : slot.start_error}});
  if (status.ok() || absl::IsFailedPrecondition(status) || absl::IsNotFound(status)) return true;
  LogProblem("the end of an attempt could not be written; trying again", slot.job, status);
  return false;
}

// Commands and signals for a process that lives.
void Supervisor::Press(Slot* slot, bool over, bool cancelling) {
  const Clock::time_point now = Clock::now();
  if (over) {
    if (!slot->over_since) slot->over_since = now;
    SignalAt(slot, *slot->over_since + Nanos(options_.exit_grace), "it did not exit at its end");
    return;
  }
  if (cancelling) {
    if (!slot->cancel_since) slot->cancel_since = now;
    links_->SendOnce(slot->job, internal::v1::COMMAND_CANCEL);
    SignalAt(slot, *slot->cancel_since + Nanos(options_.cancel_grace), "the job was cancelled");
  } else if (const auto until = drain_until(); until) {
    links_->SendOnce(slot->job, internal::v1::COMMAND_DRAIN);
    SignalAt(slot, *until, "the server is stopping");
  }
  SignalAt(slot, links_->LastHeard(slot->job) + Nanos(options_.silence_limit),
           absl::StrCat("it gave no sign of life for ", absl::FormatDuration(options_.silence_limit)));
}

// SIGTERM at `due`, SIGKILL after the grace.
void Supervisor::SignalAt(Slot* slot, Clock::time_point due, const std::string& reason) {
  const Clock::time_point now = Clock::now();
  if (!slot->term_sent) {
    if (now < due) return Due(due);
    slot->stop_reason = reason;
    slot->term_sent = now;
    slot->process->Signal(SIGTERM);
    Log(LogLevel::kWarning, "trainer gets SIGTERM", {{"job", JobName(slot->job)}, {"why", reason}});
  }
  const Clock::time_point kill_due = *slot->term_sent + Nanos(options_.kill_grace);
  if (slot->kill_sent) return;
  if (now < kill_due) return Due(kill_due);
  slot->kill_sent = true;
  slot->process->Signal(SIGKILL);
  Log(LogLevel::kWarning, "trainer gets SIGKILL", {{"job", JobName(slot->job)}, {"why", slot->stop_reason}});
}

void Supervisor::Schedule() {
  const auto heads = ledger_->store().QueueHeads();
  if (!heads.ok()) {
    Log(LogLevel::kError, "the queue could not be read", {{"error", std::string(heads.status().message())}});
    return Due(Clock::now() + kRetry);
  }
  for (const auto& [device, job] : *heads) {
    const bool busy = std::any_of(slots_.begin(), slots_.end(), [&, d = device](const Slot& slot) {
      return slot.device == d;
    });
    if (!busy) Begin(job, device);
  }
}

void Supervisor::Begin(const std::string& job, const std::string& device) {
  const std::string lease = MakeSecret();
  const absl::StatusOr<JobRow> row =
      ledger_->Apply(job, [&](JobRow* changed, JobEvents* events) {
        return BeginAttempt(lease, changed, events);
      });
  const bool taken = absl::IsFailedPrecondition(row.status()) || absl::IsNotFound(row.status());
  if (!row.ok()) {
    // Cancelled or deleted meanwhile: the queue has another head.
    if (!taken) LogProblem("an attempt could not be written", job, row.status());
    return Due(taken ? Clock::now() : Clock::now() + kRetry);
  }
  Slot slot;
  slot.job = job;
  slot.attempt = row->attempt.attempt;
  slot.device = device;
  links_->Expect(job);
  absl::StatusOr<Process> process = Launch(*row, device);
  if (process.ok()) {
    slot.process = *std::move(process);
    Log(LogLevel::kInfo, "job started",
        {{"job", JobName(job)}, {"attempt", absl::StrCat(slot.attempt)}, {"device", device},
         {"pid", absl::StrCat(slot.process->id().pid)}});
  } else {
    slot.start_error = std::string(process.status().message());
  }
  slots_.push_back(std::move(slot));
  Due(Clock::now());
}

absl::StatusOr<Process> Supervisor::Launch(const JobRow& row, const std::string& device) {
  const std::string job = IdOf(row);
  if (std::find(options_.devices.begin(), options_.devices.end(), device) == options_.devices.end()) {
    return FieldError("spec.device", absl::StrCat("this server has no device ", device));
  }
  internal::v1::AttemptSpec attempt = options_.attempt;
  attempt.set_job(row.job.name());
  attempt.set_attempt(row.attempt.attempt);
  attempt.set_lease(row.attempt.lease);
  *attempt.mutable_spec() = row.job.spec();
  attempt.mutable_spec()->set_device(device);
  if (row.job.has_evaluation()) *attempt.mutable_evaluation() = row.job.evaluation();
  attempt.set_job_dir(JobDir(job));
  FOVEA_RETURN_IF_ERROR(options_.resolve(row.job.spec(), &attempt));
  FOVEA_RETURN_IF_ERROR(WriteAttemptFile(attempt));
  const std::string dir = JobDir(job);
  const SpawnSpec spawn = {options_.trainer_program,
                           {"--attempt-file", JoinPath(dir, kAttemptFile)},
                           dir,
                           JoinPath(dir, kTrainerLog)};
  return Spawn(spawn, [&](const ProcessId& id) {
    return ledger_->Apply(job, DuringAttempt(attempt.attempt(), [&](JobRow* changed, JobEvents*) {
      changed->attempt.pid = id.pid;
      changed->attempt.pid_start = id.start;
      return absl::OkStatus();
    })).status();
  });
}

std::string Supervisor::JobDir(const std::string& job) const { return JoinPath(options_.jobs_dir, job); }

std::string Supervisor::ResolveDevice(const v1::TrainingSpec& spec) const {
  return spec.device() == "auto" ? options_.devices.front() : spec.device();
}

void Supervisor::Due(Clock::time_point time) { next_due_ = std::min(next_due_, time); }

bool Supervisor::stopping() const {
  absl::MutexLock lock(&mutex_);
  return stop_;
}

std::optional<Supervisor::Clock::time_point> Supervisor::drain_until() const {
  absl::MutexLock lock(&mutex_);
  return drain_until_;
}

void Supervisor::ShowIdle(bool idle) {
  absl::MutexLock lock(&mutex_);
  drained_ = drain_until_.has_value() && idle;
}

}  // namespace fovea
