#include "client/push/upload.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/display/text.h"
#include "common/base/file.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

constexpr size_t kHashesPerCall = 10000;
constexpr int kItemsPerMessage = 1000;
constexpr size_t kChunkBytes = 1 << 20;

using Writer = grpc::ClientWriterInterface<v1::UploadDatasetRequest>;

v1::DatasetItem ToProto(const DatasetItem& item) {
  v1::DatasetItem proto;
  proto.set_path(item.path);
  proto.set_label(item.label);
  proto.set_part(item.part == Part::kTest ? v1::PART_TEST : v1::PART_TRAIN);
  proto.set_patient(item.patient);
  proto.set_sha256(item.sha256);
  proto.set_size(item.size);
  return proto;
}

// False when the stream is broken, here and below.
bool WriteItems(const UploadRequest& request, Writer* writer) {
  v1::UploadDatasetRequest message;
  *message.mutable_header() = request.header;
  if (!writer->Write(message)) return false;
  message.Clear();
  for (const DatasetItem& item : *request.items) {
    *message.mutable_items()->add_items() = ToProto(item);
    if (message.items().items_size() < kItemsPerMessage) continue;
    if (!writer->Write(message)) return false;
    message.Clear();
  }
  return message.items().items().empty() || writer->Write(message);
}

absl::Status ChangedError(const std::string& path) {
  return absl::FailedPreconditionError(absl::StrCat(
      Printable(path), ": changed while it was pushed; push again when the folder is at rest"));
}

// Fills `buffer` up to its size or the end of the file.
absl::Status ReadChunk(int fd, const std::string& path, std::string* buffer) {
  size_t filled = 0;
  while (filled < buffer->size()) {
    const ssize_t count = read(fd, buffer->data() + filled, buffer->size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoStatus(errno, Printable(path));
    if (count == 0) break;
    filled += static_cast<size_t>(count);
  }
  buffer->resize(filled);
  return absl::OkStatus();
}

absl::StatusOr<bool> WriteFile(const std::string& dir, const std::string& sha256,
                               const UploadFile& file, const std::function<void(int64_t)>& sent,
                               Writer* writer) {
  const FileDescriptor descriptor(open(JoinPath(dir, file.path).c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor.valid()) return ErrnoStatus(errno, Printable(file.path));
  int64_t left = file.size;
  do {
    std::string data(std::min<int64_t>(left, kChunkBytes), '\0');
    const size_t wanted = data.size();
    FOVEA_RETURN_IF_ERROR(ReadChunk(descriptor.get(), file.path, &data));
    if (data.size() != wanted) return ChangedError(file.path);
    v1::UploadDatasetRequest message;
    message.mutable_chunk()->set_sha256(sha256);
    message.mutable_chunk()->set_data(std::move(data));
    if (!writer->Write(message)) return false;
    left -= static_cast<int64_t>(wanted);
    sent(static_cast<int64_t>(wanted));
  } while (left > 0);
  return true;
}

}  // namespace

UploadFiles FilesOf(const std::vector<DatasetItem>& items) {
  UploadFiles files;
  for (const DatasetItem& item : items) {
    files.try_emplace(item.sha256, UploadFile{item.path, item.size});
  }
  return files;
}

absl::StatusOr<UploadFiles> FindMissing(Connection* connection, const UploadFiles& files) {
  UploadFiles missing;
  for (auto it = files.begin(); it != files.end();) {
    v1::FindMissingFilesRequest request;
    for (size_t i = 0; i < kHashesPerCall && it != files.end(); ++i, ++it) {
      request.add_sha256(it->first);
    }
    FOVEA_ASSIGN_OR_RETURN(const v1::FindMissingFilesResponse response,
                           Call(*connection, connection->datasets(),
                                &v1::DatasetService::StubInterface::FindMissingFiles, request));
    for (const std::string& sha256 : response.missing()) {
      const auto file = files.find(sha256);
      if (file != files.end()) missing.insert(*file);
    }
  }
  return missing;
}

absl::StatusOr<v1::Dataset> Upload(Connection* connection, Interrupts* interrupts,
                                   const UploadRequest& request, const UploadFiles& files,
                                   const std::function<void(int64_t)>& sent) {
  grpc::ClientContext context;
  connection->PrepareTransfer(&context);
  const CancelOnInterrupt guard(interrupts, &context);
  v1::Dataset dataset;
  const auto writer = connection->datasets()->UploadDataset(&context, &dataset);
  bool open = WriteItems(request, writer.get());
  absl::Status local;
  for (auto it = files.begin(); open && it != files.end(); ++it) {
    const absl::StatusOr<bool> written =
        WriteFile(request.dir, it->first, it->second, sent, writer.get());
    local = written.status();
    open = written.ok() && *written;
  }
  if (!local.ok()) context.TryCancel();
  if (open) writer->WritesDone();
  const absl::Status status = FromGrpcStatus(writer->Finish());
  FOVEA_RETURN_IF_ERROR(local);
  FOVEA_RETURN_IF_ERROR(status);
  return dataset;
}

}  // namespace fovea::client
