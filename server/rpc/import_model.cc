#include "server/rpc/import_model.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/dataset/grades.h"
#include "server/convert/model_version.h"
#include "server/convert/preprocess.h"

namespace fovea {
namespace {
constexpr int64_t kMaxChunkBytes = 1 << 20;
}  // namespace

ImportModelReactor* ImportModelReactor::Start(const RpcEnv& env, Registry* registry,
                                              const ModelFiles* files,
                                              grpc::CallbackServerContext* context,
                                              v1::ModelVersion* response) {
  auto* const reactor = new ImportModelReactor(env, registry, files, context, response);
  reactor->StartRead(&reactor->request_);
  return reactor;
}

ImportModelReactor::ImportModelReactor(const RpcEnv& env, Registry* registry,
                                       const ModelFiles* files,
                                       grpc::CallbackServerContext* context,
                                       v1::ModelVersion* response)
    : env_(env),
      registry_(registry),
      files_(files),
      context_(context),
      response_(response),
      timer_(env.metrics, "ModelService/ImportModel") {}

void ImportModelReactor::OnReadDone(bool ok) {
  env_.executor->Post([this, ok] { ok ? HandleMessage() : HandleEnd(); });
}

void ImportModelReactor::HandleMessage() {
  const absl::Status status = Apply();
  if (!status.ok()) return End(status);
  StartRead(&request_);
}

void ImportModelReactor::HandleEnd() {
  if (context_->IsCancelled()) return End(absl::CancelledError("the import was broken off"));
  End(Commit());
}

absl::Status ImportModelReactor::Apply() {
  if (request_.has_header()) return Begin(request_.header());
  if (file_ == nullptr) return FieldError("header", "must be the first message");
  if (request_.message_case() != v1::ImportModelRequest::kChunk) {
    return FieldError("message", "must be header or chunk");
  }
  return Append(request_.chunk());
}

absl::Status ImportModelReactor::Begin(const v1::ImportModelHeader& header) {
  if (file_ != nullptr) return FieldError("header", "must be the first message only");
  FOVEA_RETURN_IF_ERROR(ValidateId("header.model_id", header.model_id()));
  model_id_ = header.model_id();
  params_.class_names.assign(header.class_names().begin(), header.class_names().end());
  if (!params_.class_names.empty()) {
    FOVEA_RETURN_IF_ERROR(ValidateClassNames(params_.class_names));
  }
  if (header.has_preprocess()) {
    FOVEA_ASSIGN_OR_RETURN(params_.preprocess, PreprocessFromProto(header.preprocess()));
  }
  FOVEA_ASSIGN_OR_RETURN(file_, TemporaryFile::Make(files_->temp_dir));
  return absl::OkStatus();
}

absl::Status ImportModelReactor::Append(const std::string& chunk) {
  const int64_t size = static_cast<int64_t>(chunk.size());
  if (size > kMaxChunkBytes) {
    return FieldError("chunk", absl::StrCat("has ", size, " bytes, at most ", kMaxChunkBytes,
                                            " are allowed"));
  }
  if (size > files_->max_import_bytes - bytes_) {
    return FieldError("chunk", absl::StrCat("the file is larger than the ",
                                            files_->max_import_bytes, " bytes that are allowed"));
  }
  bytes_ += size;
  return WriteAll(file_->fd(), chunk, "imported file");
}

absl::Status ImportModelReactor::Commit() {
  if (file_ == nullptr) return FieldError("header", "must be the first message");
  if (bytes_ == 0) return FieldError("chunk", "the file is empty");
  FOVEA_ASSIGN_OR_RETURN(const VersionInfo version, Publish());
  if (files_->on_change) files_->on_change();
  *response_ = ModelVersionToProto(version);
  return absl::OkStatus();
}

absl::StatusOr<VersionInfo> ImportModelReactor::Publish() {
  const std::string staged = JoinPath(files_->temp_dir, MakeSecret());
  FOVEA_RETURN_IF_ERROR(MakeDirs(staged));
  const absl::Status imported = files_->import_weights(file_->path(), params_, staged);
  absl::StatusOr<VersionInfo> version =
      imported.ok() ? registry_->Publish(model_id_, staged, /*job=*/"") : imported;
  RemoveAll(staged).IgnoreError();  // Gone when it was published.
  return version;
}

void ImportModelReactor::End(const absl::Status& status) {
  file_ = nullptr;  // Here, not in OnDone: it removes the file.
  timer_.Done(status);
  Finish(ToGrpcStatus(status));
}

}  // namespace fovea
