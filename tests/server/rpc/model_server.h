// A real gRPC server in this process with a ModelService over an empty registry. Weights are just
// bytes: what the tensor library does is a fake here.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "common/base/sha256.h"
#include "fovea/v1/model_service.grpc.pb.h"
#include "server/metrics/metrics.h"
#include "server/model/registry.h"
#include "server/rpc/executor.h"
#include "server/rpc/model_service.h"
#include "tests/common/dataset/temp_folder.h"

namespace fovea {

class ModelServer {
 public:
  explicit ModelServer(int64_t max_import_bytes = 8 << 20)
      : registry_(*Registry::Open(folder_ / "models")),
        evaluations_(*EvaluationStore::Open(folder_ / "evaluations")),
        service_({&executor_, &metrics_}, &bulk_, registry_.get(), Files(max_import_bytes),
                 answers_.get(), evaluations_.get()) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = v1::ModelService::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                                          grpc::InsecureChannelCredentials()));
  }
  ~ModelServer() {
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
  }

  v1::ModelService::Stub& stub() { return *stub_; }
  Registry& registry() { return *registry_; }
  EvaluationStore& evaluations() { return *evaluations_; }
  AnswerRecorder& answers() { return *answers_; }
  std::string folder() const { return folder_ / ""; }
  int changes() const { return changes_; }
  bool HasTemporaryFiles() const {
    return std::filesystem::exists(folder_ / "tmp") &&
           !std::filesystem::is_empty(folder_ / "tmp");
  }

  // Adds a version with these weights.
  void Publish(const std::string& model_id, const std::string& weights) {
    const std::string staged = folder_ / "staged";
    EXPECT_TRUE(MakeDirs(staged).ok());
    EXPECT_TRUE(Stage(weights, {}, staged).ok());
    const auto version = registry_->Publish(model_id, staged, "");
    EXPECT_TRUE(version.ok()) << version.status();
  }

 private:
  static absl::Status Stage(const std::string& weights, const ImportParams& params,
                            const std::string& staging_dir) {
    if (weights == "not weights") return absl::InvalidArgumentError("weights: not safetensors");
    Manifest manifest;
    manifest.num_classes = 2;
    manifest.class_names = {"a", "b"};
    if (!params.class_names.empty()) manifest.class_names = params.class_names;
    if (params.preprocess.has_value()) manifest.preprocess = *params.preprocess;
    manifest.preprocess_fingerprint = PreprocessFingerprint(manifest.preprocess);
    manifest.weights_sha256 = Sha256Hex(weights);
    manifest.weights_bytes = static_cast<int64_t>(weights.size());
    manifest.provenance.kind = "imported";
    const absl::Status status = WriteFileAtomic(JoinPath(staging_dir, kWeightsFile), weights);
    if (!status.ok()) return status;
    return WriteFileAtomic(JoinPath(staging_dir, kManifestFile), ManifestToJson(manifest));
  }

  ModelFiles Files(int64_t max_import_bytes) {
    ModelFiles files;
    files.import_weights = [](const std::string& path, const ImportParams& params,
                              const std::string& staging_dir) {
      return Stage(*ReadFile(path), params, staging_dir);
    };
    files.export_version = [](const VersionInfo& version, const ByteSink& sink) {
      const std::string weights = *ReadFile(JoinPath(version.dir, kWeightsFile));
      if (weights == "damaged") return absl::DataLossError("weights are damaged");
      return sink(weights);
    };
    files.served_precision = [](const InferenceInfo& info) {
      return ResolvePrecision(info.choice, info, {.bfloat16 = true});
    };
    files.on_change = [this] { ++changes_; };
    files.temp_dir = folder_ / "tmp";
    files.max_import_bytes = max_import_bytes;
    return files;
  }

  const TempFolder folder_;
  const std::unique_ptr<Registry> registry_;
  std::atomic<int> changes_ = 0;
  Metrics metrics_;
  const std::unique_ptr<EvaluationStore> evaluations_;
  const std::unique_ptr<AnswerRecorder> answers_ =
      AnswerRecorder::Open({.path = folder_ / "answers.db"},
                           [](const std::string&) { return std::vector<int64_t>{50, 50}; },
                           &metrics_)
          .value();
  Executor executor_{"rpc", 2};
  Executor bulk_{"bulk", 2};
  ModelServiceImpl service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::ModelService::Stub> stub_;
};

}  // namespace fovea
