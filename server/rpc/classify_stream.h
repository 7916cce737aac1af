// One ClassifyStream call.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "fovea/v1/classification_service.grpc.pb.h"
#include "server/answers/answer_recorder.h"
#include "server/rpc/stream_registry.h"
#include "server/rpc/unary.h"
#include "server/serving/engine.h"

namespace fovea {

// How much one stream may hold, and how many there may be.
struct ClassifyStreamLimits {
  // Photographs of one stream that are under way at most; then its sender is held back.
  int window = 16;
  // Streams at once at most; one more is RESOURCE_EXHAUSTED.
  int max_streams = 64;
};

// Reads requests while fewer than the window are under way, and less than 64 MiB of photographs so
// that a stream holds no more than that and one message, writes answers as they come, one at a
// time, and finishes when the caller has sent all and every answer is written, when it was closed
// and what was under way is answered, or when the call was cancelled and the engine has let go of
// every request. Owns itself until gRPC and the engine are done with it.
class ClassifyStreamReactor final
    : public grpc::ServerBidiReactor<v1::ClassifyRequest, v1::ClassifyStreamResponse>,
      public OpenStream,
      public std::enable_shared_from_this<ClassifyStreamReactor> {
 public:
  // Begins the call. `open_streams` counts the streams of the service. All pointers outlive the
  // gRPC server.
  static ClassifyStreamReactor* Start(const RpcEnv& env, Engine* engine, AnswerRecorder* answers,
                                      StreamRegistry* streams,
                                      grpc::CallbackServerContext* context,
                                      const ClassifyStreamLimits& limits,
                                      std::atomic<int>* open_streams);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  // Reads no more; UNAVAILABLE after the answers to what was read.
  void Close() override;
  void Tick() override {}

 private:
  using RequestPtr = std::shared_ptr<v1::ClassifyRequest>;

  ClassifyStreamReactor(const RpcEnv& env, Engine* engine, AnswerRecorder* answers,
                        grpc::CallbackServerContext* context, int window,
                        std::atomic<int>* open_streams);

  void Begin(bool too_many);
  void Submit(RequestPtr request);
  // To a request whose photograph has `bytes`.
  void Answer(int64_t bytes, v1::ClassifyStreamResponse response);
  // Each starts what can be started now.
  void ReadNextLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WriteNextLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FinishIfOverLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const RpcTimer timer_;
  Engine* const engine_;
  AnswerRecorder* const recorder_;
  grpc::CallbackServerContext* const context_;
  const int window_;
  std::atomic<int>* const open_streams_;
  std::atomic<bool> cancelled_{false};

  // Owned by the read under way; nobody else touches it.
  v1::ClassifyRequest incoming_;

  absl::Mutex mutex_;
  std::shared_ptr<ClassifyStreamReactor> self_ ABSL_GUARDED_BY(mutex_);
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;   // A read is under way.
  bool read_all_ ABSL_GUARDED_BY(mutex_) = false;  // The caller has sent all, or is gone.
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;   // A write of answers_.front() is under way.
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;    // By Close.
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;    // A write failed: answers are dropped.
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  int under_way_ ABSL_GUARDED_BY(mutex_) = 0;      // With the engine.
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;      // Of the photographs of these.
  absl::Status status_ ABSL_GUARDED_BY(mutex_);    // What the call ends with.
  std::deque<v1::ClassifyStreamResponse> answers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace fovea
