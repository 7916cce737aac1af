// A real gRPC server in this process with a DatasetService over an empty data directory.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "fovea/v1/dataset_service.grpc.pb.h"
#include "server/datasets/catalogue.h"
#include "server/metrics/metrics.h"
#include "server/rpc/dataset_service.h"
#include "server/rpc/executor.h"
#include "tests/common/dataset/temp_folder.h"

namespace fovea {

class DatasetServer {
 public:
  DatasetServer()
      : catalogue_(*DatasetCatalogue::Open(
            {.data_dir = data_.path(), .dataset_root = root_.path()})) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = v1::DatasetService::NewStub(grpc::CreateChannel(
        "127.0.0.1:" + std::to_string(port_), grpc::InsecureChannelCredentials()));
  }
  ~DatasetServer() {
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
  }

  v1::DatasetService::Stub& stub() { return *stub_; }
  DatasetCatalogue& catalogue() { return *catalogue_; }
  const TempFolder& root() const { return root_; }
  const TempFolder& data() const { return data_; }
  void SetInUse(const std::string& name) {
    absl::MutexLock lock(&mutex_);
    in_use_.insert(name);
  }

 private:
  bool IsInUse(const std::string& name) {
    absl::MutexLock lock(&mutex_);
    return in_use_.contains(name);
  }

  const TempFolder root_;
  const TempFolder data_;
  absl::Mutex mutex_;
  std::set<std::string> in_use_ ABSL_GUARDED_BY(mutex_);
  const std::unique_ptr<DatasetCatalogue> catalogue_;
  Metrics metrics_;
  Executor executor_{"rpc", 2};
  Executor bulk_{"bulk", 2};
  DatasetServiceImpl service_{{&executor_, &metrics_}, &bulk_, catalogue_.get(),
                              [this](const std::string& name) { return IsInUse(name); }};
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::DatasetService::Stub> stub_;
};

}  // namespace fovea
