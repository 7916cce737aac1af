#include "server/oip/inference_service.h"

#include "common/base/names.h"
#include "common/base/status.h"

namespace fovea {
namespace {

// Calls that neither wait nor read anything are answered in the reaction, also while the executor
// is busy.
grpc::ServerUnaryReactor* AnswerAtOnce(const RpcEnv& env, grpc::CallbackServerContext* context,
                                       absl::string_view method) {
  RpcTimer(env.metrics, method).Done(absl::OkStatus());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

absl::Status CheckRepositoryName(const std::string& repository_name) {
  if (repository_name.empty()) return absl::OkStatus();
  return absl::UnimplementedError("repository_name: must be empty: there is one repository");
}

}  // namespace

InferenceServiceImpl::InferenceServiceImpl(const RpcEnv& env, Executor* loads,
                                           const InferenceServiceOptions& options,
                                           const Registry* registry, ServedModels* models,
                                           Engine* engine, AnswerRecorder* answers,
                                           ServingStatistics* statistics)
    : env_(env),
      load_env_{loads, env.metrics},
      options_(options),
      registry_(registry),
      models_(models),
      statistics_(statistics),
      repository_(registry, models),
      infer_{env, loads, models, engine, answers, statistics, options.limits, &loading_} {}

grpc::ServerUnaryReactor* InferenceServiceImpl::ServerLive(
    Context* context, const inference::ServerLiveRequest* /*request*/,
    inference::ServerLiveResponse* response) {
  response->set_live(true);
  return AnswerAtOnce(env_, context, "GRPCInferenceService/ServerLive");
}

grpc::ServerUnaryReactor* InferenceServiceImpl::ServerReady(
    Context* context, const inference::ServerReadyRequest* /*request*/,
    inference::ServerReadyResponse* response) {
  response->set_ready(serving_);
  return AnswerAtOnce(env_, context, "GRPCInferenceService/ServerReady");
}

grpc::ServerUnaryReactor* InferenceServiceImpl::ModelReady(
    Context* context, const inference::ModelReadyRequest* request,
    inference::ModelReadyResponse* response) {
  return RunUnary(env_, context, "GRPCInferenceService/ModelReady", [=, this]() -> absl::Status {
    FOVEA_ASSIGN_OR_RETURN(const OipModel model, ParseOipModel(request->name()));
    FOVEA_ASSIGN_OR_RETURN(const VersionInfo version,
                           repository_.Resolve(model, request->version()));
    response->set_ready(serving_ && repository_.WhyNot(version).empty());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* InferenceServiceImpl::ServerMetadata(
    Context* context, const inference::ServerMetadataRequest* /*request*/,
    inference::ServerMetadataResponse* response) {
  response->set_name("fovead");
  response->set_version(options_.server_version);
  for (const char* extension :
       {"classification", "model_configuration", "schedule_policy", "statistics"}) {
    response->add_extensions(extension);
  }
  if (options_.model_control) response->add_extensions("model_repository");
  return AnswerAtOnce(env_, context, "GRPCInferenceService/ServerMetadata");
}

grpc::ServerUnaryReactor* InferenceServiceImpl::ModelMetadata(
    Context* context, const inference::ModelMetadataRequest* request,
    inference::ModelMetadataResponse* response) {
  return RunUnary(env_, context, "GRPCInferenceService/ModelMetadata", [=, this]() -> absl::Status {
    FOVEA_ASSIGN_OR_RETURN(const OipModel model, ParseOipModel(request->name()));
    FOVEA_ASSIGN_OR_RETURN(const VersionInfo version,
                           repository_.Resolve(model, request->version()));
    *response = MetadataOf(version, model.kind, repository_.Answering(model.model_id));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* InferenceServiceImpl::ModelInfer(
    Context* context, const inference::ModelInferRequest* request,
    inference::ModelInferResponse* response) {
  return InferCall::Start(infer_, context, request, response);
}

grpc::ServerUnaryReactor* InferenceServiceImpl::ModelConfig(
    Context* context, const inference::ModelConfigRequest* request,
    inference::ModelConfigResponse* response) {
  return RunUnary(env_, context, "GRPCInferenceService/ModelConfig", [=, this]() -> absl::Status {
    FOVEA_ASSIGN_OR_RETURN(const OipModel model, ParseOipModel(request->name()));
    FOVEA_ASSIGN_OR_RETURN(const VersionInfo version,
                           repository_.Resolve(model, request->version()));
    *response->mutable_config() = ConfigOf(version, model.kind, options_.limits);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* InferenceServiceImpl::ModelStatistics(
    Context* context, const inference::ModelStatisticsRequest* request,
    inference::ModelStatisticsResponse* response) {
  return RunUnary(env_, context, "GRPCInferenceService/ModelStatistics",
                  [=, this]() -> absl::Status {
    FOVEA_ASSIGN_OR_RETURN(*response, repository_.Statistics(*request, *statistics_));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* InferenceServiceImpl::RepositoryIndex(
    Context* context, const inference::RepositoryIndexRequest* request,
    inference::RepositoryIndexResponse* response) {
  return RunUnary(env_, context, "GRPCInferenceService/RepositoryIndex",
                  [=, this]() -> absl::Status {
    FOVEA_RETURN_IF_ERROR(CheckRepositoryName(request->repository_name()));
    *response = repository_.Index(request->ready());
    return absl::OkStatus();
  });
}

absl::StatusOr<OipModel> InferenceServiceImpl::Controlled(const std::string& repository_name,
                                                          const std::string& model_name) const {
  if (!options_.model_control) {
    return absl::PermissionDeniedError(
        "loading and unloading of models is not allowed; start fovead with --model-control on. "
        "Models are loaded when they are first asked for");
  }
  FOVEA_RETURN_IF_ERROR(CheckRepositoryName(repository_name));
  FOVEA_ASSIGN_OR_RETURN(OipModel model, ParseOipModel(model_name));
  FOVEA_RETURN_IF_ERROR(registry_->GetModel(model.model_id).status());
  return model;
}

grpc::ServerUnaryReactor* InferenceServiceImpl::RepositoryModelLoad(
    Context* context, const inference::RepositoryModelLoadRequest* request,
    inference::RepositoryModelLoadResponse* /*response*/) {
  return RunUnary(load_env_, context, "GRPCInferenceService/RepositoryModelLoad",
                  [=, this]() -> absl::Status {
    FOVEA_ASSIGN_OR_RETURN(const OipModel model,
                           Controlled(request->repository_name(), request->model_name()));
    if (!request->parameters().empty()) {
      return absl::UnimplementedError("parameters: a model comes with its configuration and files; "
                                      "give it others with `fovea model import`");
    }
    return models_->Restore(model.model_id);
  });
}

grpc::ServerUnaryReactor* InferenceServiceImpl::RepositoryModelUnload(
    Context* context, const inference::RepositoryModelUnloadRequest* request,
    inference::RepositoryModelUnloadResponse* /*response*/) {
  return RunUnary(load_env_, context, "GRPCInferenceService/RepositoryModelUnload",
                  [=, this]() -> absl::Status {
    FOVEA_ASSIGN_OR_RETURN(const OipModel model,
                           Controlled(request->repository_name(), request->model_name()));
    models_->Unload(model.model_id);
    return absl::OkStatus();
  });
}

}  // namespace fovea
