// Runs unary handlers away from gRPC's reaction threads, and records each call.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/grpc_status.h"
#include "server/metrics/metrics.h"
#include "server/rpc/executor.h"

namespace fovea {

// What every handler needs. Both outlive the gRPC server.
struct RpcEnv {
  Executor* executor;
  Metrics* metrics;
};

// Measures one call from its construction; Done records it. Copyable.
class RpcTimer {
 public:
  // `method` is a literal such as "TrainingService/CreateJob".
  RpcTimer(Metrics* metrics, absl::string_view method)
      : metrics_(metrics), method_(method), start_(MonotonicNow()) {}

  void Done(const absl::Status& status) const {
    metrics_->RpcDone(method_, static_cast<int>(status.code()),
                      absl::ToDoubleSeconds(MonotonicNow() - start_));
  }

 private:
  Metrics* metrics_;
  absl::string_view method_;
  absl::Duration start_;
};

// Posts `body`, a function that returns absl::Status, and finishes the call with what it returns.
// A call that was cancelled before its turn is not run. Request and response of a unary callback
// method live until Finish, so `body` may hold pointers to them.
template <typename Body>
grpc::ServerUnaryReactor* RunUnary(const RpcEnv& env, grpc::CallbackServerContext* context,
                                   absl::string_view method, Body body) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const RpcTimer timer(env.metrics, method);
  env.executor->Post([=, body = std::move(body)]() mutable {
    const absl::Status status =
        context->IsCancelled() ? absl::CancelledError("the caller cancelled the call") : body();
    timer.Done(status);
    reactor->Finish(ToGrpcStatus(status));
  });
  return reactor;
}

}  // namespace fovea
