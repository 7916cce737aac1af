#include "server/rpc/model_service.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "server/convert/enums.h"
#include "server/convert/live_metrics.h"
#include "server/convert/model_version.h"
#include "server/promotion/promotion_gate.h"
#include "server/rpc/export_model.h"
#include "server/rpc/import_model.h"
#include "server/rpc/paging.h"
#include "server/rpc/text_field.h"

namespace fovea {
namespace {

v1::Model ToProto(const ModelInfo& info) {
  v1::Model model;
  model.set_name(ModelName(info.model_id));
  model.mutable_aliases()->insert(info.aliases.begin(), info.aliases.end());
  model.set_latest_version(info.versions.empty() ? 0 : info.versions.back());
  model.set_version_count(static_cast<int32_t>(info.versions.size()));
  return model;
}

constexpr int kChangesShown = 20;

v1::AliasChange ToProto(const AliasChange& change) {
  v1::AliasChange proto;
  proto.set_alias(change.alias);
  proto.set_from_version(change.from_version);
  proto.set_to_version(change.to_version);
  *proto.mutable_time() = google::protobuf::util::TimeUtil::NanosecondsToTimestamp(
      absl::ToUnixNanos(change.time));
  for (const std::string& line : change.checks) proto.add_checks(line);
  proto.set_forced(change.forced);
  proto.set_reason(change.reason);
  return proto;
}

v1::Model ToProtoWithChanges(const ModelInfo& info) {
  v1::Model model = ToProto(info);
  for (const AliasChange& change : info.alias_changes) {
    if (model.alias_changes_size() == kChangesShown) break;
    *model.add_alias_changes() = ToProto(change);
  }
  return model;
}

absl::Status List(const Registry& registry, const v1::ListModelsRequest& request,
                  v1::ListModelsResponse* response) {
  FOVEA_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size()));
  FOVEA_ASSIGN_OR_RETURN(const std::string after, ParsePageToken(request.page_token()));
  const std::vector<ModelInfo> models = registry.ListModels();
  auto it = std::find_if(models.begin(), models.end(),
                         [&](const ModelInfo& info) { return info.model_id > after; });
  for (; it != models.end() && response->models_size() < size; ++it) {
    *response->add_models() = ToProto(*it);
  }
  if (it != models.end()) response->set_next_page_token(MakePageToken((it - 1)->model_id));
  return absl::OkStatus();
}

// The version that the page before ended with; above every number without a token.
absl::StatusOr<int32_t> ParseVersionToken(const std::string& token) {
  FOVEA_ASSIGN_OR_RETURN(const std::string key, ParsePageToken(token));
  int32_t version = std::numeric_limits<int32_t>::max();
  if (!key.empty() && !absl::SimpleAtoi(key, &version)) {
    return FieldError("page_token", "is not one that this call gave; begin without one");
  }
  return version;
}

absl::Status ListVersions(const Registry& registry, const v1::ListModelVersionsRequest& request,
                          v1::ListModelVersionsResponse* response) {
  FOVEA_ASSIGN_OR_RETURN(const std::string id, ParseName("parent", "models", request.parent()));
  FOVEA_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size()));
  FOVEA_ASSIGN_OR_RETURN(const int32_t before, ParseVersionToken(request.page_token()));
  FOVEA_ASSIGN_OR_RETURN(const ModelInfo model, registry.GetModel(id));
  int32_t last = 0;
  for (auto it = model.versions.rbegin(); it != model.versions.rend(); ++it) {
    if (*it >= before) continue;
    if (response->versions_size() == size) {
      response->set_next_page_token(MakePageToken(absl::StrCat(last)));
      break;
    }
    last = *it;
    const absl::StatusOr<VersionInfo> info = registry.Resolve({id, last, ""});
    if (absl::IsNotFound(info.status())) continue;  // Deleted in between.
    if (!info.ok()) return info.status();
    *response->add_versions() = ModelVersionToProto(*info);
  }
  return absl::OkStatus();
}

absl::Status GetVersion(const Registry& registry, const ModelFiles& files, AnswerRecorder* answers,
                        const std::string& name, v1::ModelVersion* response) {
  FOVEA_ASSIGN_OR_RETURN(const ModelRef ref, ParseModelRef("name", name));
  FOVEA_ASSIGN_OR_RETURN(const VersionInfo info, registry.Resolve(ref));
  *response = ModelVersionToProto(info);
  response->mutable_inference()->set_served(
      PrecisionToProto(files.served_precision(info.manifest.inference)));
  const std::optional<AnswerTally> tally = answers->Tally(response->name());
  if (tally.has_value()) *response->mutable_live() = LiveMetricsToProto(*tally);
  return absl::OkStatus();
}

absl::Status ValidateSetAlias(const v1::SetAliasRequest& request) {
  constexpr int kMostReason = 500;
  FOVEA_RETURN_IF_ERROR(ValidateId("alias", request.alias()));
  FOVEA_RETURN_IF_ERROR(CheckLength("reason", request.reason(), kMostReason));
  if (request.version() < 0) {
    return FieldError("version", "must be a version number, or 0 to remove the alias");
  }
  if (request.version() == 0 && request.has_require()) {
    return FieldError("require", "needs a version above 0: it asks for evaluations of that");
  }
  return ValidateConditions(request.require());
}

// What is recorded with the change; FAILED_PRECONDITION where it may not be made.
absl::StatusOr<AliasNote> Decide(const Registry& registry, const EvaluationStore& evaluations,
                                 const std::string& id, const v1::SetAliasRequest& request) {
  AliasNote note;
  note.reason = request.reason();
  if (!request.has_require()) return note;
  FOVEA_ASSIGN_OR_RETURN(const PromotionChecks checks,
                         CheckPromotion(registry, evaluations, id, request));
  if (!checks.met && !request.force()) return Refusal(id, request, checks);
  note.checks = checks.checks;
  note.forced = !checks.met;
  note.expected = checks.current_version;
  return note;
}

absl::Status SetModelAlias(Registry* registry, const EvaluationStore& evaluations,
                           const v1::SetAliasRequest& request, v1::Model* response) {
  FOVEA_ASSIGN_OR_RETURN(const std::string id, ParseName("model", "models", request.model()));
  FOVEA_RETURN_IF_ERROR(ValidateSetAlias(request));
  FOVEA_ASSIGN_OR_RETURN(const AliasNote note, Decide(*registry, evaluations, id, request));
  FOVEA_ASSIGN_OR_RETURN(const ModelInfo model,
                         registry->SetAlias(id, request.alias(), request.version(), note));
  Log(LogLevel::kInfo, "alias set",
      {{"model", id},
       {"alias", request.alias()},
       {"version", absl::StrCat(request.version())},
       {"checks", absl::StrCat(note.checks.size())},
       {"forced", note.forced ? "yes" : "no"}});
  *response = ToProtoWithChanges(model);
  return absl::OkStatus();
}

absl::Status DeleteVersion(Registry* registry, const std::string& name) {
  FOVEA_ASSIGN_OR_RETURN(const ModelRef ref, ParseModelRef("name", name));
  if (ref.version == 0) return FieldError("name", "must be of the form models/ID/versions/N");
  return registry->DeleteVersion(ref.model_id, ref.version);
}

}  // namespace

grpc::ServerUnaryReactor* ModelServiceImpl::ListModels(grpc::CallbackServerContext* context,
                                                       const v1::ListModelsRequest* request,
                                                       v1::ListModelsResponse* response) {
  return RunUnary(env_, context, "ModelService/ListModels",
                  [=, this] { return List(*registry_, *request, response); });
}

grpc::ServerUnaryReactor* ModelServiceImpl::GetModel(grpc::CallbackServerContext* context,
                                                     const v1::GetModelRequest* request,
                                                     v1::Model* response) {
  return RunUnary(env_, context, "ModelService/GetModel", [=, this]() -> absl::Status {
    FOVEA_ASSIGN_OR_RETURN(const std::string id, ParseName("name", "models", request->name()));
    FOVEA_ASSIGN_OR_RETURN(const ModelInfo model, registry_->GetModel(id));
    *response = ToProtoWithChanges(model);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ModelServiceImpl::ListModelVersions(
    grpc::CallbackServerContext* context, const v1::ListModelVersionsRequest* request,
    v1::ListModelVersionsResponse* response) {
  return RunUnary(env_, context, "ModelService/ListModelVersions",
                  [=, this] { return ListVersions(*registry_, *request, response); });
}

grpc::ServerUnaryReactor* ModelServiceImpl::GetModelVersion(
    grpc::CallbackServerContext* context, const v1::GetModelVersionRequest* request,
    v1::ModelVersion* response) {
  return RunUnary(env_, context, "ModelService/GetModelVersion", [=, this] {
    return GetVersion(*registry_, files_, answers_, request->name(), response);
  });
}

grpc::ServerUnaryReactor* ModelServiceImpl::SetAlias(grpc::CallbackServerContext* context,
                                                     const v1::SetAliasRequest* request,
                                                     v1::Model* response) {
  const RpcEnv& env = request->has_require() ? bulk_env_ : env_;
  return RunUnary(env, context, "ModelService/SetAlias", [=, this] {
    const absl::Status status = SetModelAlias(registry_, *evaluations_, *request, response);
    if (status.ok() && files_.on_change) files_.on_change();
    return status;
  });
}

grpc::ServerReadReactor<v1::ImportModelRequest>* ModelServiceImpl::ImportModel(
    grpc::CallbackServerContext* context, v1::ModelVersion* response) {
  return ImportModelReactor::Start(bulk_env_, registry_, &files_, context, response);
}

grpc::ServerWriteReactor<v1::ExportModelResponse>* ModelServiceImpl::ExportModel(
    grpc::CallbackServerContext* context, const v1::ExportModelRequest* request) {
  return ExportModelReactor::Start(bulk_env_, registry_, &files_, context, request->name());
}

grpc::ServerUnaryReactor* ModelServiceImpl::DeleteModelVersion(
    grpc::CallbackServerContext* context, const v1::DeleteModelVersionRequest* request,
    google::protobuf::Empty*) {
  return RunUnary(env_, context, "ModelService/DeleteModelVersion", [=, this] {
    const absl::Status status = DeleteVersion(registry_, request->name());
    if (status.ok() && files_.on_change) files_.on_change();
    return status;
  });
}

}  // namespace fovea
