#include "server/rpc/export_model.h"

#include <unistd.h>

#include <cerrno>

#include "common/base/names.h"
#include "common/base/status.h"
#include "server/convert/model_version.h"

namespace fovea {
namespace {

constexpr size_t kChunkBytes = 1 << 20;

// Up to `size` bytes from where the descriptor is; empty at the end.
absl::StatusOr<std::string> ReadSome(int fd, size_t size) {
  std::string bytes(size, '\0');
  ssize_t got = read(fd, bytes.data(), size);
  while (got < 0 && errno == EINTR) got = read(fd, bytes.data(), size);
  if (got < 0) return ErrnoStatus(errno, "exported file");
  bytes.resize(got);
  return bytes;
}

}  // namespace

ExportModelReactor* ExportModelReactor::Start(const RpcEnv& env, Registry* registry,
                                              const ModelFiles* files,
                                              grpc::CallbackServerContext* context,
                                              const std::string& name) {
  auto* const reactor = new ExportModelReactor(env, registry, files, context, name);
  env.executor->Post([reactor] { reactor->SendVersion(); });
  return reactor;
}

ExportModelReactor::ExportModelReactor(const RpcEnv& env, Registry* registry,
                                       const ModelFiles* files,
                                       grpc::CallbackServerContext* context,
                                       const std::string& name)
    : env_(env),
      registry_(registry),
      files_(files),
      context_(context),
      name_(name),
      timer_(env.metrics, "ModelService/ExportModel") {}

void ExportModelReactor::OnWriteDone(bool ok) {
  env_.executor->Post([this, ok] {
    ok ? SendChunk() : End(absl::CancelledError("the export was broken off"));
  });
}

void ExportModelReactor::SendVersion() {
  const absl::Status status = Prepare();
  if (!status.ok()) return End(status);
  StartWrite(&response_);
}

void ExportModelReactor::SendChunk() {
  absl::StatusOr<std::string> chunk = ReadSome(file_->fd(), kChunkBytes);
  if (!chunk.ok() || chunk->empty()) return End(chunk.status());
  response_.set_chunk(*std::move(chunk));
  StartWrite(&response_);
}

absl::Status ExportModelReactor::Prepare() {
  if (context_->IsCancelled()) return absl::CancelledError("the caller cancelled the call");
  FOVEA_ASSIGN_OR_RETURN(const ModelRef ref, ParseModelRef("name", name_));
  FOVEA_ASSIGN_OR_RETURN(const VersionInfo version, registry_->Resolve(ref));
  FOVEA_ASSIGN_OR_RETURN(file_, TemporaryFile::Make(files_->temp_dir));
  FOVEA_RETURN_IF_ERROR(files_->export_version(version, [this](absl::string_view piece) {
    return WriteAll(file_->fd(), piece, "exported file");
  }));
  if (lseek(file_->fd(), 0, SEEK_SET) != 0) return ErrnoStatus(errno, "exported file");
  *response_.mutable_version() = ModelVersionToProto(version);
  return absl::OkStatus();
}

void ExportModelReactor::End(const absl::Status& status) {
  file_ = nullptr;  // Here, not in OnDone: it removes the file.
  timer_.Done(status);
  Finish(ToGrpcStatus(status));
}

}  // namespace fovea
