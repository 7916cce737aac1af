// fovea.v1.DatasetService over the catalogue.
#pragma once

#include <functional>
#include <string>

#include "fovea/v1/dataset_service.grpc.pb.h"
#include "server/datasets/catalogue.h"
#include "server/rpc/unary.h"

namespace fovea {

// Whether a job that has not ended uses `datasets/{dataset}`. Called on executor threads.
using DatasetInUse = std::function<bool(const std::string& dataset_name)>;

// Thread-safe. Owns nothing: what it is given outlives the gRPC server.
class DatasetServiceImpl final : public v1::DatasetService::CallbackService {
 public:
  // Calls that read or write many files run on `bulk`, all others on `env.executor`, so that a long
  // hashing does not hold up a short question.
  DatasetServiceImpl(const RpcEnv& env, Executor* bulk, DatasetCatalogue* catalogue,
                     DatasetInUse in_use)
      : env_(env),
        bulk_env_{bulk, env.metrics},
        catalogue_(catalogue),
        in_use_(std::move(in_use)) {}

  grpc::ServerUnaryReactor* CreateDataset(grpc::CallbackServerContext* context,
                                          const v1::CreateDatasetRequest* request,
                                          v1::Dataset* response) override;
  grpc::ServerUnaryReactor* FindMissingFiles(grpc::CallbackServerContext* context,
                                             const v1::FindMissingFilesRequest* request,
                                             v1::FindMissingFilesResponse* response) override;
  grpc::ServerReadReactor<v1::UploadDatasetRequest>* UploadDataset(
      grpc::CallbackServerContext* context, v1::Dataset* response) override;
  grpc::ServerUnaryReactor* GetDataset(grpc::CallbackServerContext* context,
                                       const v1::GetDatasetRequest* request,
                                       v1::Dataset* response) override;
  grpc::ServerUnaryReactor* ListDatasets(grpc::CallbackServerContext* context,
                                         const v1::ListDatasetsRequest* request,
                                         v1::ListDatasetsResponse* response) override;
  grpc::ServerUnaryReactor* DeleteDataset(grpc::CallbackServerContext* context,
                                          const v1::DeleteDatasetRequest* request,
                                          google::protobuf::Empty* response) override;

 private:
  absl::Status List(const v1::ListDatasetsRequest& request, v1::ListDatasetsResponse* response);
  absl::Status Delete(const v1::DeleteDatasetRequest& request);

  const RpcEnv env_;
  const RpcEnv bulk_env_;
  DatasetCatalogue* const catalogue_;
  const DatasetInUse in_use_;
};

}  // namespace fovea
