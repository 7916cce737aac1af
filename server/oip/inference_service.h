// inference.GRPCInferenceService: the Open Inference Protocol with Triton's extensions.
#pragma once

#include <atomic>
#include <string>

#include "inference/grpc_service.grpc.pb.h"
#include "server/oip/infer_call.h"
#include "server/oip/repository.h"

namespace fovea {

struct InferenceServiceOptions {
  OipLimits limits = {};
  // Whether callers may load and unload models.
  bool model_control = false;
  std::string server_version = "";
};

// Thread-safe. Inference blocks nowhere: the engine's threads finish the calls. Rpcs that read the
// registry do so on the executor for short calls; loading and unloading have one of their own, so
// that a load makes nothing else wait.
class InferenceServiceImpl final : public inference::GRPCInferenceService::CallbackService {
 public:
  // All pointers outlive it.
  InferenceServiceImpl(const RpcEnv& env, Executor* loads, const InferenceServiceOptions& options,
                       const Registry* registry, ServedModels* models, Engine* engine,
                       AnswerRecorder* answers, ServingStatistics* statistics);

  // From now on ServerReady is false.
  void StopServing() { serving_ = false; }

  using Context = grpc::CallbackServerContext;
  grpc::ServerUnaryReactor* ServerLive(Context* context,
                                       const inference::ServerLiveRequest* request,
                                       inference::ServerLiveResponse* response) override;
  grpc::ServerUnaryReactor* ServerReady(Context* context,
                                        const inference::ServerReadyRequest* request,
                                        inference::ServerReadyResponse* response) override;
  grpc::ServerUnaryReactor* ModelReady(Context* context,
                                       const inference::ModelReadyRequest* request,
                                       inference::ModelReadyResponse* response) override;
  grpc::ServerUnaryReactor* ServerMetadata(Context* context,
                                           const inference::ServerMetadataRequest* request,
                                           inference::ServerMetadataResponse* response) override;
  grpc::ServerUnaryReactor* ModelMetadata(Context* context,
                                          const inference::ModelMetadataRequest* request,
                                          inference::ModelMetadataResponse* response) override;
  grpc::ServerUnaryReactor* ModelInfer(Context* context,
                                       const inference::ModelInferRequest* request,
                                       inference::ModelInferResponse* response) override;
  grpc::ServerUnaryReactor* ModelConfig(Context* context,
                                        const inference::ModelConfigRequest* request,
                                        inference::ModelConfigResponse* response) override;
  grpc::ServerUnaryReactor* ModelStatistics(Context* context,
                                            const inference::ModelStatisticsRequest* request,
                                            inference::ModelStatisticsResponse* response) override;
  grpc::ServerUnaryReactor* RepositoryIndex(Context* context,
                                            const inference::RepositoryIndexRequest* request,
                                            inference::RepositoryIndexResponse* response) override;
  grpc::ServerUnaryReactor* RepositoryModelLoad(
      Context* context, const inference::RepositoryModelLoadRequest* request,
      inference::RepositoryModelLoadResponse* response) override;
  grpc::ServerUnaryReactor* RepositoryModelUnload(
      Context* context, const inference::RepositoryModelUnloadRequest* request,
      inference::RepositoryModelUnloadResponse* response) override;

 private:
  // The model that may be loaded or unloaded.
  absl::StatusOr<OipModel> Controlled(const std::string& repository_name,
                                      const std::string& model_name) const;

  const RpcEnv env_;
  const RpcEnv load_env_;
  const InferenceServiceOptions options_;
  const Registry* const registry_;
  ServedModels* const models_;
  ServingStatistics* const statistics_;
  const OipRepository repository_;
  std::atomic<bool> serving_{true};
  std::atomic<int> loading_{0};
  const InferParts infer_;
};

}  // namespace fovea
