#include "server/datasets/upload_session.h"

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "server/datasets/dataset_folder.h"

namespace fovea {

absl::Status UploadSession::AddItems(std::vector<DatasetItem> items) {
  if (items_closed_) return FieldError("items", "must all come before the first chunk");
  const int64_t max_items = catalogue_->options_.max_items;
  if (static_cast<int64_t>(items_.size() + items.size()) > max_items) {
    return absl::ResourceExhaustedError(
        absl::StrCat("items: more than the ", max_items, " that a data set may have"));
  }
  items_.insert(items_.end(), std::make_move_iterator(items.begin()),
                std::make_move_iterator(items.end()));
  return absl::OkStatus();
}

absl::Status UploadSession::AddChunk(const std::string& sha256, absl::string_view data) {
  FOVEA_RETURN_IF_ERROR(CloseItems());
  if (static_cast<int64_t>(data.size()) > kMaxChunkBytes) {
    return FieldError("chunk.data", absl::StrCat("has ", data.size(), " bytes, at most ",
                                                 kMaxChunkBytes, " are allowed"));
  }
  if (writer_ == nullptr) {
    FOVEA_RETURN_IF_ERROR(StartFile(sha256));
  } else if (writer_->sha256() != sha256) {
    return FieldError("chunk.sha256",
                      absl::StrCat("file ", writer_->sha256(), " has only ", writer_->written(),
                                   " bytes of ", sizes_.at(writer_->sha256()),
                                   "; send all of it before the next"));
  }
  FOVEA_RETURN_IF_ERROR(writer_->Append(data));
  if (!writer_->complete()) return absl::OkStatus();
  const std::unique_ptr<BlobWriter> writer = std::move(writer_);
  return writer->Finish();
}

absl::StatusOr<v1::Dataset> UploadSession::Finish() {
  FOVEA_RETURN_IF_ERROR(CloseItems());
  writer_ = nullptr;  // A file that is incomplete counts as missing.
  FOVEA_ASSIGN_OR_RETURN(const int64_t missing, CountMissing());
  if (missing > 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("chunk: ", missing, " of ", sizes_.size(),
                     " files are missing; ask with FindMissingFiles and send them"));
  }
  FOVEA_RETURN_IF_ERROR(catalogue_->blobs_->Sync(references_.sha256s()));
  bool is_new = false;
  FOVEA_ASSIGN_OR_RETURN(
      v1::Dataset stored,
      catalogue_->Store(params_.id,
                        MakeRecord(params_.id, params_.class_names, params_.split,
                                   /*source_dir=*/"", items_),
                        items_, &is_new));
  if (is_new) std::move(references_).Keep();
  return stored;
}

absl::Status UploadSession::CloseItems() {
  if (items_closed_) return absl::OkStatus();
  FOVEA_RETURN_IF_ERROR(
      ValidateItems(items_, static_cast<int>(params_.class_names.size()), /*hashed=*/true));
  FOVEA_RETURN_IF_ERROR(CheckSizes());
  const v1::Dataset record = MakeRecord(params_.id, params_.class_names, params_.split, "", items_);
  {
    v1::Dataset existing;
    absl::MutexLock lock(&catalogue_->mutex_);
    FOVEA_RETURN_IF_ERROR(catalogue_->CheckFree(params_.id, record, &existing));
  }
  std::vector<std::string> hashes;
  hashes.reserve(sizes_.size());
  for (const auto& [hash, size] : sizes_) hashes.push_back(hash);
  references_ = catalogue_->blobs_->Refer(std::move(hashes));
  items_closed_ = true;
  return absl::OkStatus();
}

absl::Status UploadSession::CheckSizes() {
  const int64_t max_bytes = catalogue_->options_.max_file_bytes;
  for (size_t i = 0; i < items_.size(); ++i) {
    const DatasetItem& item = items_[i];
    const std::string field = absl::StrCat("items[", i, "].size");
    if (item.size < 1 || item.size > max_bytes) {
      return FieldError(field, absl::StrCat("is ", item.size, "; allowed are 1 to ", max_bytes,
                                            " bytes"));
    }
    const auto [entry, is_new] = sizes_.emplace(item.sha256, item.size);
    if (entry->second != item.size) {
      return FieldError(field, absl::StrCat("is ", item.size, ", but another item with the same "
                                            "sha256 says ", entry->second));
    }
  }
  return absl::OkStatus();
}

absl::Status UploadSession::StartFile(const std::string& sha256) {
  const auto entry = sizes_.find(sha256);
  if (entry == sizes_.end()) return FieldError("chunk.sha256", "is not that of any item");
  FOVEA_ASSIGN_OR_RETURN(writer_, catalogue_->blobs_->Write(sha256, entry->second));
  return absl::OkStatus();
}

absl::StatusOr<int64_t> UploadSession::CountMissing() {
  int64_t missing = 0;
  for (const auto& [hash, size] : sizes_) {
    const absl::StatusOr<int64_t> stored = catalogue_->blobs_->Size(hash);
    if (absl::IsNotFound(stored.status())) {
      ++missing;
      continue;
    }
    if (!stored.ok()) return stored.status();
    if (*stored != size) {
      return FieldError("items", absl::StrCat("file ", hash, " has ", *stored,
                                              " bytes, but its item says ", size));
    }
  }
  return missing;
}

}  // namespace fovea
