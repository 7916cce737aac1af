// The stream of one ImportModel call.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <cstdint>
#include <memory>
#include <string>

#include "fovea/v1/model_service.pb.h"
#include "server/rpc/model_files.h"
#include "server/rpc/temporary_file.h"
#include "server/rpc/unary.h"

namespace fovea {

// Writes the file as it comes, on executor threads, and makes a version of it when it is complete.
// The next message is read only after the last one is written. Deletes itself when the call is
// done; the file is removed before.
class ImportModelReactor final : public grpc::ServerReadReactor<v1::ImportModelRequest> {
 public:
  // All arguments outlive the call.
  static ImportModelReactor* Start(const RpcEnv& env, Registry* registry, const ModelFiles* files,
                                   grpc::CallbackServerContext* context,
                                   v1::ModelVersion* response);

  void OnReadDone(bool ok) override;
  void OnDone() override { delete this; }

 private:
  ImportModelReactor(const RpcEnv& env, Registry* registry, const ModelFiles* files,
                     grpc::CallbackServerContext* context, v1::ModelVersion* response);

  // On an executor thread: a message came, or the sender ended.
  void HandleMessage();
  void HandleEnd();
  absl::Status Apply();
  absl::Status Begin(const v1::ImportModelHeader& header);
  absl::Status Append(const std::string& chunk);
  absl::Status Commit();
  absl::StatusOr<VersionInfo> Publish();
  void End(const absl::Status& status);

  const RpcEnv env_;
  Registry* const registry_;
  const ModelFiles* const files_;
  grpc::CallbackServerContext* const context_;
  v1::ModelVersion* const response_;
  const RpcTimer timer_;
  v1::ImportModelRequest request_;
  std::string model_id_;
  ImportParams params_;
  std::unique_ptr<TemporaryFile> file_;  // From the header on.
  int64_t bytes_ = 0;
};

}  // namespace fovea
