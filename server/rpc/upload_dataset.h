// The stream of one UploadDataset call.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <memory>

#include "fovea/v1/dataset_service.pb.h"
#include "server/datasets/catalogue.h"
#include "server/datasets/upload_session.h"
#include "server/rpc/unary.h"

namespace fovea {

// Reads a message, writes what it brought to disk on an executor thread, and only then reads the
// next one, so that a fast sender is held back by flow control. One thread at a time is in it.
// Deletes itself when the call is done. A broken stream ends the session; files that were complete
// stay.
class UploadDatasetReactor final : public grpc::ServerReadReactor<v1::UploadDatasetRequest> {
 public:
  // All arguments outlive the call.
  static UploadDatasetReactor* Start(const RpcEnv& env, DatasetCatalogue* catalogue,
                                     grpc::CallbackServerContext* context, v1::Dataset* response);

  void OnReadDone(bool ok) override;
  void OnDone() override { delete this; }

 private:
  UploadDatasetReactor(const RpcEnv& env, DatasetCatalogue* catalogue,
                       grpc::CallbackServerContext* context, v1::Dataset* response);

  // On an executor thread: a message came, or the sender ended.
  void HandleMessage();
  void HandleEnd();
  absl::Status Apply(const v1::UploadDatasetRequest& request);
  absl::Status Begin(const v1::UploadDatasetHeader& header);
  absl::Status Commit();
  void End(const absl::Status& status);

  const RpcEnv env_;
  DatasetCatalogue* const catalogue_;
  grpc::CallbackServerContext* const context_;
  v1::Dataset* const response_;
  const RpcTimer timer_;
  v1::UploadDatasetRequest request_;
  std::unique_ptr<UploadSession> session_;  // From the header on.
  int64_t promised_items_ = 0;              // 0: not said.
  int64_t items_ = 0;
};

}  // namespace fovea
