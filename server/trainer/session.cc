#include "server/trainer/session.h"

#include <optional>
#include <utility>

#include "common/base/grpc_status.h"
#include "common/base/log.h"

namespace fovea {

namespace {
constexpr absl::Duration kWelcomeTimeout = absl::Seconds(30);
}  // namespace

using internal::v1::ServerMessage;
using internal::v1::TrainerMessage;

Session::Session(internal::v1::TrainerService::StubInterface* stub, Outbox* outbox,
                 StopSignal* stop)
    : stub_(stub), outbox_(outbox), stop_(stop) {}

absl::Status Session::Run(const internal::v1::Hello& hello, absl::Duration sign_of_life,
                          Contact* contact) {
  const std::unique_ptr<Stream> stream = stub_->Attach(&context_);
  TrainerMessage first;
  *first.mutable_hello() = hello;
  if (stream->Write(first)) {
    Thread reader("reporter-read", [&] { ReadAll(stream.get(), contact); });
    WriteAll(stream.get(), sign_of_life);
    // The stream is broken, or it was cancelled: the reader sees that too.
  }
  ServerMessage rest;
  while (stream->Read(&rest)) {
  }
  return FromGrpcStatus(stream->Finish());
}

void Session::Cancel() {
  context_.TryCancel();
  outbox_->Wake();
}

void Session::ReadAll(Stream* stream, Contact* contact) {
  ServerMessage message;
  while (stream->Read(&message)) {
    if (message.has_welcome()) {
      outbox_->Rewind(message.welcome().last_sequence());
      contact->welcomed = true;
      absl::MutexLock lock(&mutex_);
      welcomed_ = true;
    } else if (message.has_ack()) {
      outbox_->Acknowledge(message.ack().sequence());
      if (message.ack().sequence() > 0) contact->acknowledged = true;
    } else if (message.command() == internal::v1::COMMAND_CANCEL) {
      Log(LogLevel::kInfo, "the server cancels the job");
      stop_->Request(StopSignal::Kind::kCancel);
    } else if (message.command() == internal::v1::COMMAND_DRAIN) {
      Log(LogLevel::kInfo, "the server asks for a checkpoint and an end");
      stop_->Request(StopSignal::Kind::kDrain);
    }
  }
  {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }
  outbox_->Wake();
}

void Session::WriteAll(Stream* stream, absl::Duration sign_of_life) {
  {
    absl::MutexLock lock(&mutex_);
    const absl::Condition ready(this, &Session::WelcomedOrEnded);
    // A server that does not answer is as good as none.
    if (!mutex_.AwaitWithTimeout(ready, kWelcomeTimeout)) context_.TryCancel();
    mutex_.Await(ready);
  }
  while (!Ended()) {
    TrainerMessage message;
    std::optional<Outbox::Report> report = outbox_->Take(sign_of_life);
    // Without one, an empty report: a sign of life.
    *message.mutable_report() = report.has_value() ? *std::move(report) : Outbox::Report();
    if (!stream->Write(message)) return;
  }
}

bool Session::Ended() {
  absl::MutexLock lock(&mutex_);
  return ended_;
}

}  // namespace fovea
