// The data sets of a server:
//
//   DATA_DIR/datasets/{id}/dataset.json, items.jsonl
//   DATA_DIR/blobs/                    content of uploaded ones, see BlobStore
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/file.h"
#include "common/dataset/index.h"
#include "common/dataset/layout.h"
#include "fovea/v1/dataset_service.pb.h"
#include "server/datasets/blob_store.h"

namespace fovea {

class UploadSession;

struct CatalogueOptions {
  std::string data_dir;
  // Folder that CreateDataset may read; empty: CreateDataset is refused.
  std::string dataset_root;
  int hash_threads = 2;
  int64_t max_file_bytes = int64_t{64} << 20;
  int64_t max_items = 2'000'000;
  // Uploaded files that no data set names, of broken uploads for instance, are removed by Open when
  // they are older.
  absl::Duration keep_unnamed = absl::Hours(7 * 24);
};

// What Create makes a data set of.
struct CreateDatasetParams {
  std::string id;
  std::string source_dir;  // Relative to the dataset root; "." is the root.
  LayoutOptions layout;
  bool validate_only = false;
};

// What begins an upload; as fovea.v1.UploadDatasetHeader.
struct UploadParams {
  std::string id;
  std::vector<std::string> class_names;
  std::string split;
};

// A data set with where its files are.
struct StoredDataset {
  v1::Dataset record;
  std::string index_path;  // For ReadIndex.
  FileSource files;
};

// Thread-safe. Outlives its upload sessions. One process owns a data directory. The disk is written
// before memory, and hashing happens outside the mutex.
class DatasetCatalogue {
 public:
  // Reads what is there. Half-made and half-deleted data sets are removed; a damaged one is moved
  // to DATA_DIR/datasets/.quarantine and logged, and then no uploaded file is removed.
  static absl::StatusOr<std::unique_ptr<DatasetCatalogue>> Open(const CatalogueOptions& options);

  // Makes a data set of files in place. INVALID_ARGUMENT for the id, the folder or what is in it;
  // ALREADY_EXISTS for a used id, unless it names the same content, classes and folder: then that
  // data set is returned.
  absl::StatusOr<v1::Dataset> Create(const CreateDatasetParams& params);

  // Begins an upload. INVALID_ARGUMENT for id or class names.
  absl::StatusOr<std::unique_ptr<UploadSession>> BeginUpload(const UploadParams& params);

  // Those of these hashes whose content is not there. INVALID_ARGUMENT for a malformed one.
  absl::StatusOr<std::vector<std::string>> FindMissing(
      const std::vector<std::string>& sha256s) const;

  absl::StatusOr<v1::Dataset> Get(const std::string& id) const;
  absl::StatusOr<StoredDataset> Lookup(const std::string& id) const;
  // Up to `limit` data sets with ids after `after`, by id.
  std::vector<v1::Dataset> List(const std::string& after, int limit) const;

  // Removes a data set, and the uploaded files that no other data set and no upload under way
  // names. NOT_FOUND when it does not exist, FAILED_PRECONDITION when `in_use` says so. That is asked
  // while Lookup waits: whoever looked the data set up before is seen by it, if it is on record by
  // then, and whoever does so later finds nothing. It must not call this class.
  absl::Status Delete(const std::string& id, const std::function<bool()>& in_use = nullptr);

 private:
  friend class UploadSession;

  DatasetCatalogue(const CatalogueOptions& options, std::unique_ptr<BlobStore> blobs);
  absl::Status Load();
  absl::Status LoadOne(const std::string& id);
  std::string DirOf(const std::string& id) const { return JoinPath(datasets_dir_, id); }
  absl::StatusOr<std::string> ResolveSource(const std::string& source_dir) const;
  // OK when the id is free or names an equal data set, which is then in `existing`.
  absl::Status CheckFree(const std::string& id, const v1::Dataset& record,
                         v1::Dataset* existing) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Stores a data set; an equal one that is there already is returned instead, and `is_new` false.
  absl::StatusOr<v1::Dataset> Store(const std::string& id, const v1::Dataset& record,
                                    const std::vector<DatasetItem>& items, bool* is_new);

  const CatalogueOptions options_;
  const std::string datasets_dir_;
  const std::unique_ptr<BlobStore> blobs_;

  mutable absl::Mutex mutex_;
  std::map<std::string, v1::Dataset> records_ ABSL_GUARDED_BY(mutex_);  // By id.
};

}  // namespace fovea
