// A process that speaks the trainers' protocol without training: what it does is the attempt's
// spec.model_id, a script's name.
//
//   succeed          two epochs, then success (a second attempt as well)
//   fail             the outcome FAILED
//   crash            SIGSEGV after one epoch
//   crash-once       the same in the first attempt, then as succeed
//   exit-early       exit code 7 before it dials, after a line in its log
//   wait             one epoch, then waits for a command and does as told
//   ignore           one epoch, then ignores commands and SIGTERM
//   silent           attaches, then says nothing
//   duplicate        reports, breaks its stream, dials again and re-sends everything
//   linger           as succeed, but does not exit after it
#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <memory>
#include <string>

#include "fovea/internal/v1/trainer_service.grpc.pb.h"

namespace fovea {
namespace {

using internal::v1::AttemptSpec;
using internal::v1::Outcome;
using internal::v1::Report;
using internal::v1::ServerMessage;
using internal::v1::TrainerMessage;

// One stream, with reports that are sent one by one and waited for.
class Session {
 public:
  explicit Session(const AttemptSpec& attempt)
      : stub_(internal::v1::TrainerService::NewStub(
            grpc::CreateChannel(attempt.server(), grpc::InsecureChannelCredentials()))) {
    context_.set_wait_for_ready(true);
    stream_ = stub_->Attach(&context_);
    TrainerMessage hello;
    hello.mutable_hello()->set_job(attempt.job());
    hello.mutable_hello()->set_attempt(attempt.attempt());
    hello.mutable_hello()->set_lease(attempt.lease());
    hello.mutable_hello()->set_pid(getpid());
    stream_->Write(hello);
    ServerMessage welcome;
    attached_ = stream_->Read(&welcome) && welcome.has_welcome();
    if (attached_) {
      last_sequence_ = welcome.welcome().last_sequence();
    } else {
      refused_ = stream_->Finish().error_code() == grpc::StatusCode::PERMISSION_DENIED;
    }
  }

  bool attached() const { return attached_; }
  // The lease is not taken any more; otherwise a server that is going away ended the stream.
  bool refused() const { return refused_; }
  int64_t last_sequence() const { return last_sequence_; }

  // True once it is acknowledged. A command that came instead is kept.
  bool Send(const Report& report) {
    TrainerMessage message;
    *message.mutable_report() = report;
    if (!stream_->Write(message)) return false;
    ServerMessage answer;
    while (stream_->Read(&answer)) {
      if (answer.has_ack() && answer.ack().sequence() >= report.sequence()) return true;
      if (answer.message_case() == ServerMessage::kCommand) command_ = answer.command();
    }
    return false;
  }

  // Waits for a command; COMMAND_UNSPECIFIED when the stream ended.
  internal::v1::Command AwaitCommand() {
    ServerMessage answer;
    while (command_ == internal::v1::COMMAND_UNSPECIFIED && stream_->Read(&answer)) {
      if (answer.message_case() == ServerMessage::kCommand) command_ = answer.command();
    }
    return command_;
  }

  void Close() {
    stream_->WritesDone();
    ServerMessage rest;
    while (stream_->Read(&rest)) {
    }
    stream_->Finish();
  }
  void Break() {
    context_.TryCancel();
    stream_->Finish();
  }

 private:
  std::unique_ptr<internal::v1::TrainerService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<TrainerMessage, ServerMessage>> stream_;
  bool attached_ = false;
  bool refused_ = false;
  int64_t last_sequence_ = 0;
  internal::v1::Command command_ = internal::v1::COMMAND_UNSPECIFIED;
};

Report Epoch(int64_t sequence, int epoch) {
  Report report;
  report.set_sequence(sequence);
  v1::EpochFinished* const finished = report.mutable_event()->mutable_epoch_finished();
  finished->set_epoch(epoch);
  finished->set_epochs(2);
  finished->mutable_test()->set_accuracy(0.5 + 0.1 * epoch);
  return report;
}

Report Step(int64_t sequence, int step) {
  Report report;
  report.set_sequence(sequence);
  report.mutable_event()->mutable_step_progress()->set_step(step);
  return report;
}

Report End(int64_t sequence, Outcome::Kind kind) {
  Report report;
  report.set_sequence(sequence);
  report.mutable_outcome()->set_kind(kind);
  if (kind == Outcome::KIND_FAILED) report.mutable_outcome()->set_error("the loss is NaN");
  if (kind == Outcome::KIND_SUCCEEDED) report.mutable_outcome()->mutable_result()->set_best_epoch(2);
  return report;
}

int Finish(Session* session, int64_t sequence, Outcome::Kind kind) {
  const bool stored = session->Send(End(sequence, kind));
  session->Close();
  return stored ? 0 : 6;
}

[[noreturn]] void WaitForEver() {
  while (true) pause();
}

// Waits for a command and obeys. A stream that ends meanwhile is dialled again, with its lease.
int Obey(const AttemptSpec& attempt, std::unique_ptr<Session> session) {
  while (true) {
    const internal::v1::Command command = session->AwaitCommand();
    const int64_t next = session->last_sequence() + 10;
    if (command == internal::v1::COMMAND_CANCEL) {
      return Finish(session.get(), next, Outcome::KIND_CANCELLED);
    }
    if (command == internal::v1::COMMAND_DRAIN) {
      return Finish(session.get(), next, Outcome::KIND_DRAINED);
    }
    do {
      session = std::make_unique<Session>(attempt);
      if (session->refused()) return 5;
    } while (!session->attached());
  }
}

int Duplicate(const AttemptSpec& attempt, std::unique_ptr<Session> session) {
  session->Send(Step(2, 1));
  session->Break();
  Session again(attempt);
  if (!again.attached() || again.last_sequence() != 2) return 9;
  again.Send(Epoch(1, 1));
  again.Send(Step(2, 1));
  again.Send(Epoch(3, 2));
  return Finish(&again, 4, Outcome::KIND_SUCCEEDED);
}

int Run(const AttemptSpec& attempt) {
  const std::string script = attempt.spec().model_id();
  if (script == "exit-early") {
    std::cerr << "no such \x1b[31mdevice\n";
    return 7;
  }
  if (script == "ignore") signal(SIGTERM, SIG_IGN);
  auto session = std::make_unique<Session>(attempt);
  if (!session->attached()) return 5;
  if (script == "silent") WaitForEver();
  if (script == "fail") return Finish(session.get(), 1, Outcome::KIND_FAILED);
  session->Send(Epoch(1, 1));
  if (script == "crash" || (script == "crash-once" && attempt.attempt() == 1)) {
    signal(SIGSEGV, SIG_DFL);  // A sanitizer would make an exit code of it.
    raise(SIGSEGV);
  }
  if (script == "ignore") WaitForEver();
  if (script == "wait") return Obey(attempt, std::move(session));
  if (script == "duplicate") return Duplicate(attempt, std::move(session));
  for (int step = 1; step <= 5; ++step) session->Send(Step(1 + step, step));
  session->Send(Epoch(7, 2));
  const int code = Finish(session.get(), 8, Outcome::KIND_SUCCEEDED);
  if (script == "linger") WaitForEver();
  return code;
}

}  // namespace
}  // namespace fovea

int main(int argc, char** argv) {
  if (argc != 3 || std::string(argv[1]) != "--attempt-file") return 2;
  std::ifstream file(argv[2], std::ios::binary);
  fovea::internal::v1::AttemptSpec attempt;
  if (!attempt.ParseFromIstream(&file)) return 2;
  return fovea::Run(attempt);
}
