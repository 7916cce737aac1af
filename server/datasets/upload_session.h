// One upload of a data set: items, then the content of files that the server does not have.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/datasets/blob_store.h"
#include "server/datasets/catalogue.h"

namespace fovea {

// Made by DatasetCatalogue::BeginUpload, which outlives it. Not thread-safe. After an error the
// session is of no more use; files that were complete stay, so that the next upload sends the rest.
// From the first chunk to its end a session keeps the files of its items from being removed.
class UploadSession {
 public:
  static constexpr int64_t kMaxChunkBytes = 1 << 20;

  // Before any chunk. RESOURCE_EXHAUSTED for too many items.
  absl::Status AddItems(std::vector<DatasetItem> items);

  // A piece of a file, in order. With the first one all items are checked, and ALREADY_EXISTS is
  // answered before gigabytes travel. INVALID_ARGUMENT for a hash that no item has, another file
  // before this one is complete, a chunk that is too large, too many bytes or another hash.
  absl::Status AddChunk(const std::string& sha256, absl::string_view data);

  // Stores the data set. FAILED_PRECONDITION with the count when files are missing or incomplete.
  // A data set with this id and the same content and classes is returned as it is.
  absl::StatusOr<v1::Dataset> Finish();

 private:
  friend class DatasetCatalogue;
  UploadSession(DatasetCatalogue* catalogue, UploadParams params)
      : catalogue_(catalogue), params_(std::move(params)) {}

  // Checks all items and refers to their files, once.
  absl::Status CloseItems();
  absl::Status CheckSizes();
  absl::Status StartFile(const std::string& sha256);
  // Counts files that are not there; INVALID_ARGUMENT for one of another size than its items say.
  absl::StatusOr<int64_t> CountMissing();

  DatasetCatalogue* const catalogue_;
  const UploadParams params_;
  std::vector<DatasetItem> items_;
  absl::flat_hash_map<std::string, int64_t> sizes_;  // By hash; filled by CloseItems.
  bool items_closed_ = false;
  BlobReferences references_;
  std::unique_ptr<BlobWriter> writer_;  // Of the file that is being sent.
};

}  // namespace fovea
