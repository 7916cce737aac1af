// ServerService: what the server is and does.
#pragma once

#include <functional>

#include "fovea/v1/server_service.grpc.pb.h"
#include "server/rpc/unary.h"

namespace fovea {

// Thread-safe.
class ServerServiceImpl final : public v1::ServerService::CallbackService {
 public:
  // `fill` writes the whole answer; called on the executor, from several threads at once.
  ServerServiceImpl(const RpcEnv& env, std::function<void(v1::ServerStatus*)> fill)
      : env_(env), fill_(std::move(fill)) {}

  grpc::ServerUnaryReactor* GetServerStatus(grpc::CallbackServerContext* context,
                                            const v1::GetServerStatusRequest* /*request*/,
                                            v1::ServerStatus* response) override {
    return RunUnary(env_, context, "ServerService/GetServerStatus", [this, response] {
      fill_(response);
      return absl::OkStatus();
    });
  }

 private:
  const RpcEnv env_;
  const std::function<void(v1::ServerStatus*)> fill_;
};

}  // namespace fovea
