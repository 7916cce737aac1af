// fovea model import and export: weights files to and from the server.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "absl/strings/str_cat.h"
#include "client/command.h"
#include "client/commands/model.h"
#include "client/connection.h"
#include "client/display/format.h"
#include "client/display/progress.h"
#include "client/report.h"
#include "client/short_names.h"
#include "common/base/file.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

constexpr size_t kChunkBytes = 1 << 20;

struct ImportFlags {
  std::string file;
  std::string model_id;
  std::string class_names;
};

CommandResult ImportModel(const ImportFlags& flags, const Session& session) {
  FOVEA_ASSIGN_OR_RETURN(const std::string content, ReadFile(flags.file));
  Connection connection(session.options);
  grpc::ClientContext context;
  connection.PrepareTransfer(&context);
  v1::ModelVersion version;
  const auto writer = connection.models()->ImportModel(&context, &version);
  v1::ImportModelRequest request;
  request.mutable_header()->set_model_id(flags.model_id);
  for (std::string& name : SplitList(flags.class_names)) {
    request.mutable_header()->add_class_names(std::move(name));
  }
  bool open = writer->Write(request);
  {
    ProgressMeter meter(session.terminal, "sending", "bytes");
    for (size_t at = 0; open && at < content.size(); at += kChunkBytes) {
      request.set_chunk(content.substr(at, kChunkBytes));
      open = writer->Write(request);
      meter.Update(static_cast<double>(std::min(at + kChunkBytes, content.size())),
                   static_cast<double>(content.size()));
    }
  }
  if (open) writer->WritesDone();
  FOVEA_RETURN_IF_ERROR(FromGrpcStatus(writer->Finish()));
  if (session.options.json) return ShowVersion(version, session);
  WriteOut(absl::StrCat(version.name(), "\n"));
  return ExitCode::kOk;
}

// Where an export goes: a temporary file beside the target, renamed when it is whole, or stdout.
class ExportTarget {
 public:
  explicit ExportTarget(std::string path)
      : path_(std::move(path)), temporary_(absl::StrCat(path_, ".partial-", getpid())) {}
  ~ExportTarget() {
    if (file_.valid() && !done_) unlink(temporary_.c_str());
  }

  absl::Status Open() {
    if (IsStdout()) return absl::OkStatus();
    file_ = FileDescriptor(
        open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    return file_.valid() ? absl::OkStatus() : ErrnoStatus(errno, temporary_);
  }
  absl::Status Write(absl::string_view data) {
    return WriteAll(IsStdout() ? STDOUT_FILENO : file_.get(), data, path_);
  }
  absl::Status Finish() {
    if (IsStdout()) return absl::OkStatus();
    if (fsync(file_.get()) != 0) return ErrnoStatus(errno, path_);
    if (rename(temporary_.c_str(), path_.c_str()) != 0) return ErrnoStatus(errno, path_);
    done_ = true;
    return absl::OkStatus();
  }
  bool IsStdout() const { return path_ == "-"; }

 private:
  const std::string path_;
  const std::string temporary_;
  FileDescriptor file_;
  bool done_ = false;
};

CommandResult ExportModel(const std::string& name, const std::string& path,
                          const Session& session) {
  v1::ExportModelRequest request;
  request.set_name(FullModelName(name));
  Connection connection(session.options);
  grpc::ClientContext context;
  connection.PrepareTransfer(&context);
  ExportTarget target(path);
  FOVEA_RETURN_IF_ERROR(target.Open());
  const auto reader = connection.models()->ExportModel(&context, request);
  v1::ExportModelResponse response;
  v1::ModelVersion version;
  absl::Status local;
  int64_t bytes = 0;
  while (local.ok() && reader->Read(&response)) {
    if (response.has_version()) version = response.version();
    local = target.Write(response.chunk());
    bytes += static_cast<int64_t>(response.chunk().size());
  }
  if (!local.ok()) context.TryCancel();
  const absl::Status status = FromGrpcStatus(reader->Finish());
  FOVEA_RETURN_IF_ERROR(local);
  FOVEA_RETURN_IF_ERROR(status);
  FOVEA_RETURN_IF_ERROR(target.Finish());
  Note(absl::StrCat("exported ", version.name(), ", ", FormatBytes(static_cast<double>(bytes)),
                    target.IsStdout() ? "" : absl::StrCat(", to ", path)));
  return ExitCode::kOk;
}

}  // namespace

void AddImport(CLI::App* group, Session* session) {
  auto flags = std::make_shared<ImportFlags>();
  CLI::App* command = AddCommand(
      group, "import", "Take in a safetensors file with torchvision's or timm's ResNet names",
      "fovea model import resnet18.safetensors --model-id imagenet\n"
      "fovea model import dr.safetensors --model-id dr --class-names none,mild,moderate",
      session, [flags, session] { return ImportModel(*flags, *session); });
  command->add_option("FILE", flags->file, "The file")->required()->check(CLI::ExistingFile);
  command
      ->add_option("--model-id", flags->model_id, "Model that gets the new version")
      ->type_name("ID")
      ->required();
  command
      ->add_option("--class-names", flags->class_names,
                   "Names of the classes, to classify with the weights and not only begin with them")
      ->type_name("NAME,...");
}

void AddExport(CLI::App* group, Session* session) {
  auto name = std::make_shared<std::string>();
  auto path = std::make_shared<std::string>();
  CLI::App* command =
      AddCommand(group, "export", "Write a version as a safetensors file with torchvision's names",
                 "fovea model export dr-resnet18@production -o dr.safetensors\n"
                 "fovea model export dr-resnet18/3 -o - | sha256sum",
                 session, [name, path, session] { return ExportModel(*name, *path, *session); });
  command->add_option("MODEL", *name, "MODEL, MODEL/VERSION or MODEL@ALIAS")->required();
  command->add_option("-o,--file", *path, "Where to write it, `-` for stdout")
      ->type_name("FILE")
      ->required();
}

}  // namespace fovea::client
