// The stream of one ExportModel call.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <string>

#include "fovea/v1/model_service.pb.h"
#include "server/rpc/model_files.h"
#include "server/rpc/temporary_file.h"
#include "server/rpc/unary.h"

namespace fovea {

// Writes the export to a file, then sends the version and the file in pieces of 1 MiB, each read on
// an executor thread after the one before was taken. Deletes itself when the call is done; the file
// is removed before.
class ExportModelReactor final : public grpc::ServerWriteReactor<v1::ExportModelResponse> {
 public:
  // `env`, `registry`, `files` and `context` outlive the call.
  static ExportModelReactor* Start(const RpcEnv& env, Registry* registry, const ModelFiles* files,
                                   grpc::CallbackServerContext* context, const std::string& name);

  void OnWriteDone(bool ok) override;
  void OnDone() override { delete this; }

 private:
  ExportModelReactor(const RpcEnv& env, Registry* registry, const ModelFiles* files,
                     grpc::CallbackServerContext* context, const std::string& name);

  // On an executor thread.
  void SendVersion();
  void SendChunk();
  absl::Status Prepare();
  void End(const absl::Status& status);

  const RpcEnv env_;
  Registry* const registry_;
  const ModelFiles* const files_;
  grpc::CallbackServerContext* const context_;
  const std::string name_;
  const RpcTimer timer_;
  v1::ExportModelResponse response_;
  std::unique_ptr<TemporaryFile> file_;
};

}  // namespace fovea
