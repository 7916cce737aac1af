// One UploadDataset stream, and the question which files it has to carry.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/connection.h"
#include "client/interrupt.h"
#include "common/dataset/layout.h"

namespace fovea::client {

// A file to send: one of the items with this content.
struct UploadFile {
  std::string path;  // Relative to the pushed folder.
  int64_t size = 0;
};

// By SHA-256, so that equal photographs are sent once.
using UploadFiles = std::map<std::string, UploadFile>;

// The files of all items.
UploadFiles FilesOf(const std::vector<DatasetItem>& items);

// Those of them that the server does not have.
absl::StatusOr<UploadFiles> FindMissing(Connection* connection, const UploadFiles& files);

struct UploadRequest {
  std::string dir;
  v1::UploadDatasetHeader header;
  const std::vector<DatasetItem>* items = nullptr;
};

// Sends header, items and `files`; `sent` is told of the bytes of every piece that was written.
// FAILED_PRECONDITION when a file is not what it was when it was hashed.
absl::StatusOr<v1::Dataset> Upload(Connection* connection, Interrupts* interrupts,
                                   const UploadRequest& request, const UploadFiles& files,
                                   const std::function<void(int64_t)>& sent);

}  // namespace fovea::client
