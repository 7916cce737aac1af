// fovea.v1.ModelService over the registry, with what answers and evaluations say of versions.
#pragma once

#include <utility>

#include "fovea/v1/model_service.grpc.pb.h"
#include "server/answers/answer_recorder.h"
#include "server/evaluations/evaluation_store.h"
#include "server/model/registry.h"
#include "server/rpc/model_files.h"
#include "server/rpc/unary.h"

namespace fovea {

// Thread-safe. Owns nothing but the functions: what it is given outlives the gRPC server.
class ModelServiceImpl final : public v1::ModelService::CallbackService {
 public:
  // ImportModel, ExportModel and SetAlias with conditions (it may compute for seconds) run on `bulk`,
  // all others on `env.executor`.
  ModelServiceImpl(const RpcEnv& env, Executor* bulk, Registry* registry, ModelFiles files,
                   AnswerRecorder* answers, const EvaluationStore* evaluations)
      : env_(env),
        bulk_env_{bulk, env.metrics},
        registry_(registry),
        files_(std::move(files)),
        answers_(answers),
        evaluations_(evaluations) {}

  grpc::ServerUnaryReactor* ListModels(grpc::CallbackServerContext* context,
                                       const v1::ListModelsRequest* request,
                                       v1::ListModelsResponse* response) override;
  grpc::ServerUnaryReactor* GetModel(grpc::CallbackServerContext* context,
                                     const v1::GetModelRequest* request,
                                     v1::Model* response) override;
  grpc::ServerUnaryReactor* ListModelVersions(grpc::CallbackServerContext* context,
                                              const v1::ListModelVersionsRequest* request,
                                              v1::ListModelVersionsResponse* response) override;
  grpc::ServerUnaryReactor* GetModelVersion(grpc::CallbackServerContext* context,
                                            const v1::GetModelVersionRequest* request,
                                            v1::ModelVersion* response) override;
  grpc::ServerUnaryReactor* SetAlias(grpc::CallbackServerContext* context,
                                     const v1::SetAliasRequest* request,
                                     v1::Model* response) override;
  grpc::ServerReadReactor<v1::ImportModelRequest>* ImportModel(
      grpc::CallbackServerContext* context, v1::ModelVersion* response) override;
  grpc::ServerWriteReactor<v1::ExportModelResponse>* ExportModel(
      grpc::CallbackServerContext* context, const v1::ExportModelRequest* request) override;
  grpc::ServerUnaryReactor* DeleteModelVersion(grpc::CallbackServerContext* context,
                                               const v1::DeleteModelVersionRequest* request,
                                               google::protobuf::Empty* response) override;

 private:
  const RpcEnv env_;
  const RpcEnv bulk_env_;
  Registry* const registry_;
  const ModelFiles files_;
  AnswerRecorder* const answers_;
  const EvaluationStore* const evaluations_;
};

}  // namespace fovea
