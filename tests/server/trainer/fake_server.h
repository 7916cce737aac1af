// A TrainerService in this process that behaves as fovead does, and as badly as a test wants.
#pragma once

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "fovea/internal/v1/trainer_service.grpc.pb.h"

namespace fovea {

// Stores reports in order and acknowledges each. Thread-safe.
class FakeServer : public internal::v1::TrainerService::Service {
 public:
  using Report = internal::v1::Report;
  using Stream = grpc::ServerReaderWriter<internal::v1::ServerMessage, internal::v1::TrainerMessage>;

  explicit FakeServer(const std::string& address) : address_(address) { Start(); }
  ~FakeServer() override { Stop(); }

  void Start() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address_, grpc::InsecureServerCredentials());
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  // Breaks all streams.
  void Stop() {
    if (server_ == nullptr) return;
    server_->Shutdown(absl::ToChronoTime(absl::Now()));
    server_.reset();
  }

  // Ends the stream, unacknowledged, when the report with this number has been stored.
  void DropAfter(int64_t sequence) {
    absl::MutexLock lock(&mutex_);
    drop_after_ = sequence;
  }
  void RefuseWith(grpc::StatusCode code) {
    absl::MutexLock lock(&mutex_);
    refusal_ = code;
  }
  // Sends this command after the first report with content.
  void CommandAtFirstReport(internal::v1::Command command) {
    absl::MutexLock lock(&mutex_);
    command_ = command;
  }

  // Waits until a stored report satisfies `done`.
  bool WaitFor(const std::function<bool(const Report&)>& done, absl::Duration timeout) {
    absl::MutexLock lock(&mutex_);
    const auto any = [this, &done] {
      mutex_.AssertHeld();
      return std::any_of(stored_.begin(), stored_.end(), done);
    };
    return mutex_.AwaitWithTimeout(absl::Condition(&any), timeout);
  }
  bool WaitForStreams(int count, absl::Duration timeout) {
    absl::MutexLock lock(&mutex_);
    const auto enough = [this, count] {
      mutex_.AssertHeld();
      return streams_ >= count;
    };
    return mutex_.AwaitWithTimeout(absl::Condition(&enough), timeout);
  }
  std::vector<Report> stored() {
    absl::MutexLock lock(&mutex_);
    return stored_;
  }
  // Forgets what is stored: a new attempt begins.
  void Clear() {
    absl::MutexLock lock(&mutex_);
    stored_.clear();
  }

  grpc::Status Attach(grpc::ServerContext*, Stream* stream) override {
    internal::v1::TrainerMessage message;
    if (!stream->Read(&message) || !message.has_hello()) return grpc::Status::OK;
    internal::v1::ServerMessage welcome;
    {
      absl::MutexLock lock(&mutex_);
      ++streams_;
      if (refusal_ != grpc::StatusCode::OK) return grpc::Status(refusal_, "refused by the test");
      welcome.mutable_welcome()->set_last_sequence(
          stored_.empty() ? 0 : stored_.back().sequence());
    }
    stream->Write(welcome);
    while (stream->Read(&message)) {
      if (message.report().sequence() == 0) continue;
      if (!Store(message.report(), stream)) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "");
    }
    return grpc::Status::OK;
  }

 private:
  bool Store(const Report& report, Stream* stream) {
    internal::v1::ServerMessage answer;
    {
      absl::MutexLock lock(&mutex_);
      stored_.push_back(report);
      if (report.sequence() == drop_after_) {
        drop_after_ = 0;
        return false;
      }
      if (command_ != internal::v1::COMMAND_UNSPECIFIED) {
        answer.set_command(command_);
        command_ = internal::v1::COMMAND_UNSPECIFIED;
      }
    }
    if (answer.has_command()) stream->Write(answer);
    answer.mutable_ack()->set_sequence(report.sequence());
    return stream->Write(answer);
  }

  const std::string address_;
  std::unique_ptr<grpc::Server> server_;

  absl::Mutex mutex_;
  std::vector<Report> stored_ ABSL_GUARDED_BY(mutex_);
  int streams_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t drop_after_ ABSL_GUARDED_BY(mutex_) = 0;
  grpc::StatusCode refusal_ ABSL_GUARDED_BY(mutex_) = grpc::StatusCode::OK;
  internal::v1::Command command_ ABSL_GUARDED_BY(mutex_) = internal::v1::COMMAND_UNSPECIFIED;
};

}  // namespace fovea
