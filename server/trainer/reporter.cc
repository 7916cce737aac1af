#include "server/trainer/reporter.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <utility>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "server/convert/events.h"

namespace fovea {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(100);

std::shared_ptr<grpc::Channel> Dial(const ReporterOptions& options) {
  grpc::ChannelArguments arguments;
  // The channel's own waiting between dials stays below ours.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS,
                   static_cast<int>(absl::ToInt64Milliseconds(options.first_backoff)));
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS,
                   static_cast<int>(absl::ToInt64Milliseconds(options.first_backoff)));
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS,
                   static_cast<int>(absl::ToInt64Milliseconds(options.last_backoff)));
  // Finds out about a machine at the other end that is gone without a word.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  return grpc::CreateCustomChannel(options.server, grpc::InsecureChannelCredentials(), arguments);
}

bool IsRefusal(const absl::Status& status) {
  return absl::IsPermissionDenied(status) || absl::IsFailedPrecondition(status) ||
         absl::IsNotFound(status);
}

}  // namespace

Reporter::Reporter(const ReporterOptions& options, StopSignal* stop)
    : options_(options),
      stop_(stop),
      stub_(internal::v1::TrainerService::NewStub(Dial(options))),
      backoff_(options.first_backoff),
      last_contact_(MonotonicNow()),
      thread_("reporter", [this] { Run(); }) {}

Reporter::~Reporter() {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
  if (session_ != nullptr) session_->Cancel();
  // The lock is released, then the thread joined: members go in reverse order.
}

void Reporter::Emit(TrainingEvent event) {
  Outbox::Report report;
  *report.mutable_event() = EventToProto(event);
  outbox_.Add(std::move(report));
}

bool Reporter::Finish(const Outcome& outcome, absl::Duration timeout) {
  Outbox::Report report;
  *report.mutable_outcome() = OutcomeToProto(outcome);
  outbox_.Add(std::move(report));
  const absl::Duration end = MonotonicNow() + timeout;
  while (!outbox_.WaitEmpty(kPoll)) {
    if (MonotonicNow() >= end || state() != State::kAlive) return false;
  }
  return true;
}

Reporter::State Reporter::state() const {
  absl::MutexLock lock(&mutex_);
  return state_;
}

void Reporter::Run() {
  while (RunSession()) {
    if (MonotonicNow() - last_contact_ > options_.give_up) {
      Log(LogLevel::kError, "no server for too long");
      End(State::kServerLost, StopSignal::Kind::kDrain);
      return;
    }
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(this, &Reporter::StoppingOrLost), backoff_)) return;
    backoff_ = std::min(backoff_ * 2, options_.last_backoff);
  }
}

bool Reporter::RunSession() {
  Session session(stub_.get(), &outbox_, stop_);
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return false;
    session_ = &session;
  }
  Contact contact;
  const absl::Status status = session.Run(options_.hello, options_.sign_of_life, &contact);
  absl::MutexLock lock(&mutex_);
  session_ = nullptr;
  if (stopping_) return false;
  if (contact.welcomed) last_contact_ = MonotonicNow();
  // Only then: a server whose disk is full takes the attempt, but no report.
  if (contact.acknowledged) backoff_ = options_.first_backoff;
  Log(LogLevel::kWarning, "the stream to the server ended", {{"status", status.ToString()}});
  if (!IsRefusal(status)) return true;
  state_ = State::kLeaseLost;
  stop_->Request(StopSignal::Kind::kCancel);
  return false;
}

void Reporter::End(State state, StopSignal::Kind stop) {
  absl::MutexLock lock(&mutex_);
  state_ = state;
  stop_->Request(stop);
}

}  // namespace fovea
