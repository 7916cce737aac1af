#include "server/datasets/catalogue.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/names.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "common/dataset/grades.h"
#include "server/datasets/dataset_folder.h"
#include "server/datasets/upload_session.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;

constexpr char kQuarantine[] = ".quarantine";

// Of all files, each once: a data set counts once for a file, however many items show it.
std::vector<std::string> HashesOf(const std::vector<DatasetItem>& items) {
  std::vector<std::string> hashes;
  hashes.reserve(items.size());
  for (const DatasetItem& item : items) hashes.push_back(item.sha256);
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

bool SameDataset(const v1::Dataset& a, const v1::Dataset& b) {
  return a.fingerprint() == b.fingerprint() && a.source_dir() == b.source_dir() &&
         std::equal(a.class_names().begin(), a.class_names().end(), b.class_names().begin(),
                    b.class_names().end());
}

absl::Status NoSuchDataset(const std::string& id) {
  return absl::NotFoundError(absl::StrCat("name: there is no data set ", DatasetName(id)));
}

// Trainers, which get paths beneath it, work in another folder.
CatalogueOptions WithAbsoluteRoot(CatalogueOptions options) {
  std::error_code error;
  if (!options.dataset_root.empty()) {
    options.dataset_root = fs::absolute(options.dataset_root, error).lexically_normal().string();
  }
  return options;
}

}  // namespace

DatasetCatalogue::DatasetCatalogue(const CatalogueOptions& options,
                                   std::unique_ptr<BlobStore> blobs)
    : options_(WithAbsoluteRoot(options)),
      datasets_dir_(JoinPath(options.data_dir, "datasets")),
      blobs_(std::move(blobs)) {}

absl::StatusOr<std::unique_ptr<DatasetCatalogue>> DatasetCatalogue::Open(
    const CatalogueOptions& options) {
  FOVEA_ASSIGN_OR_RETURN(std::unique_ptr<BlobStore> blobs,
                         BlobStore::Open(JoinPath(options.data_dir, "blobs")));
  std::unique_ptr<DatasetCatalogue> catalogue(new DatasetCatalogue(options, std::move(blobs)));
  FOVEA_RETURN_IF_ERROR(MakeDirs(catalogue->datasets_dir_));
  FOVEA_RETURN_IF_ERROR(catalogue->Load());
  return catalogue;
}

absl::Status DatasetCatalogue::Load() {
  std::error_code error;
  std::vector<std::string> names;
  fs::directory_iterator it(datasets_dir_, error);
  for (; !error && it != fs::directory_iterator(); it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  if (error) return ErrnoStatus(error.value(), datasets_dir_);
  for (const std::string& name : names) {
    if (name == kQuarantine) continue;
    if (absl::StartsWith(name, ".")) {  // Half made or half deleted.
      FOVEA_RETURN_IF_ERROR(RemoveAll(DirOf(name)));
      continue;
    }
    FOVEA_RETURN_IF_ERROR(LoadOne(name));
  }
  if (fs::exists(DirOf(kQuarantine), error)) return absl::OkStatus();
  FOVEA_ASSIGN_OR_RETURN(const int64_t removed,
                         blobs_->RemoveUnnamedBefore(absl::Now() - options_.keep_unnamed));
  if (removed > 0) {
    Log(LogLevel::kInfo, "removed uploaded files that no data set names",
        {{"files", absl::StrCat(removed)}});
  }
  return absl::OkStatus();
}

absl::Status DatasetCatalogue::LoadOne(const std::string& id) {
  const absl::StatusOr<LoadedDataset> loaded = ReadDatasetFolder(DirOf(id), id);
  if (loaded.ok()) {
    if (loaded->record.source_dir().empty()) blobs_->Refer(HashesOf(loaded->items)).Keep();
    absl::MutexLock lock(&mutex_);
    records_[id] = loaded->record;
    return absl::OkStatus();
  }
  Log(LogLevel::kError, "a data set is damaged and was moved to quarantine",
      {{"dataset", id}, {"error", std::string(loaded.status().message())}});
  const std::string quarantine = DirOf(kQuarantine);
  FOVEA_RETURN_IF_ERROR(MakeDirs(quarantine));
  return RenameDurably(DirOf(id), JoinPath(quarantine, MakeId(id)));
}

absl::StatusOr<std::string> DatasetCatalogue::ResolveSource(const std::string& source_dir) const {
  if (options_.dataset_root.empty()) {
    return absl::FailedPreconditionError(
        "source_dir: this server has no dataset root; start it with --dataset-root, or push the "
        "files");
  }
  std::error_code error;
  if (source_dir == ".") return fs::canonical(options_.dataset_root, error).string();
  FOVEA_RETURN_IF_ERROR(ValidateRelativePath("source_dir", source_dir));
  const absl::StatusOr<FileDescriptor> fd = OpenBeneath(options_.dataset_root, source_dir);
  struct stat info;
  if (!fd.ok() || fstat(fd->get(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return FieldError("source_dir", absl::StrCat("\"", source_dir,
                                                 "\" is not a folder beneath the dataset root"));
  }
  return fs::read_symlink(absl::StrCat("/proc/self/fd/", fd->get()), error).string();
}

absl::StatusOr<v1::Dataset> DatasetCatalogue::Create(const CreateDatasetParams& params) {
  FOVEA_RETURN_IF_ERROR(ValidateId("dataset_id", params.id));
  FOVEA_ASSIGN_OR_RETURN(const std::string dir, ResolveSource(params.source_dir));
  FOVEA_ASSIGN_OR_RETURN(FoundDataset found, FindDataset(dir, params.layout));
  if (static_cast<int64_t>(found.items.size()) > options_.max_items) {
    return FieldError("source_dir", absl::StrCat("has ", found.items.size(),
                                                 " photographs, at most ", options_.max_items,
                                                 " are allowed"));
  }
  FOVEA_RETURN_IF_ERROR(HashItems(dir, options_.hash_threads, nullptr, &found.items));
  for (const DatasetItem& item : found.items) {
    if (item.size <= options_.max_file_bytes) continue;
    return FieldError(item.path, absl::StrCat("has ", item.size, " bytes, at most ",
                                              options_.max_file_bytes, " are allowed"));
  }
  const v1::Dataset record =
      MakeRecord(params.id, found.class_names, found.split, params.source_dir, found.items);
  if (params.validate_only) {
    v1::Dataset existing;
    absl::MutexLock lock(&mutex_);
    FOVEA_RETURN_IF_ERROR(CheckFree(params.id, record, &existing));
    return record;
  }
  bool is_new = false;
  return Store(params.id, record, found.items, &is_new);
}

absl::StatusOr<std::unique_ptr<UploadSession>> DatasetCatalogue::BeginUpload(
    const UploadParams& params) {
  FOVEA_RETURN_IF_ERROR(ValidateId("header.dataset_id", params.id));
  FOVEA_RETURN_IF_ERROR(ValidateClassNames(params.class_names));
  return std::unique_ptr<UploadSession>(new UploadSession(this, params));
}

absl::StatusOr<std::vector<std::string>> DatasetCatalogue::FindMissing(
    const std::vector<std::string>& sha256s) const {
  std::vector<std::string> missing;
  for (size_t i = 0; i < sha256s.size(); ++i) {
    if (!IsSha256Hex(sha256s[i])) {
      return FieldError(absl::StrCat("sha256[", i, "]"), "must be 64 lower-case hex digits");
    }
    if (!blobs_->Size(sha256s[i]).ok()) missing.push_back(sha256s[i]);
  }
  return missing;
}

absl::StatusOr<v1::Dataset> DatasetCatalogue::Get(const std::string& id) const {
  absl::MutexLock lock(&mutex_);
  const auto entry = records_.find(id);
  if (entry == records_.end()) return NoSuchDataset(id);
  return entry->second;
}

absl::StatusOr<StoredDataset> DatasetCatalogue::Lookup(const std::string& id) const {
  FOVEA_ASSIGN_OR_RETURN(v1::Dataset record, Get(id));
  const bool uploaded = record.source_dir().empty();
  FileSource files = {uploaded ? blobs_->root()
                               : JoinPath(options_.dataset_root, record.source_dir()),
                      uploaded};
  return StoredDataset{std::move(record), JoinPath(DirOf(id), kIndexFile), std::move(files)};
}

std::vector<v1::Dataset> DatasetCatalogue::List(const std::string& after, int limit) const {
  std::vector<v1::Dataset> page;
  absl::MutexLock lock(&mutex_);
  for (auto it = records_.upper_bound(after); it != records_.end(); ++it) {
    if (static_cast<int>(page.size()) >= limit) break;
    page.push_back(it->second);
  }
  return page;
}

absl::Status DatasetCatalogue::CheckFree(const std::string& id, const v1::Dataset& record,
                                         v1::Dataset* existing) const {
  const auto entry = records_.find(id);
  if (entry == records_.end()) return absl::OkStatus();
  if (!SameDataset(entry->second, record)) {
    return absl::AlreadyExistsError(
        absl::StrCat("dataset_id: ", record.name(),
                     " exists with other content; choose another id, or delete it first"));
  }
  *existing = entry->second;
  return absl::OkStatus();
}

absl::StatusOr<v1::Dataset> DatasetCatalogue::Store(const std::string& id,
                                                    const v1::Dataset& record,
                                                    const std::vector<DatasetItem>& items,
                                                    bool* is_new) {
  const std::string staged = DirOf(absl::StrCat(".staging-", MakeSecret()));
  absl::Status status = WriteDatasetFolder(staged, record, items);
  v1::Dataset stored = record;
  *is_new = false;
  if (status.ok()) {
    absl::MutexLock lock(&mutex_);
    v1::Dataset existing;
    status = CheckFree(id, record, &existing);
    if (status.ok() && !existing.name().empty()) {
      stored = existing;
    } else if (status.ok()) {
      status = RenameDurably(staged, DirOf(id));
      *is_new = status.ok();
      if (*is_new) records_[id] = record;
    }
  }
  if (!*is_new) RemoveAll(staged).IgnoreError();  // Open removes what stays.
  if (!status.ok()) return status;
  return stored;
}

absl::Status DatasetCatalogue::Delete(const std::string& id, const std::function<bool()>& in_use) {
  const std::string removed = DirOf(absl::StrCat(".deleted-", MakeSecret()));
  bool uploaded = false;
  {
    absl::MutexLock lock(&mutex_);
    const auto entry = records_.find(id);
    if (entry == records_.end()) return NoSuchDataset(id);
    if (in_use && in_use()) {
      return absl::FailedPreconditionError(
          absl::StrCat("name: a job that has not ended uses ", DatasetName(id),
                       "; wait for it or cancel it"));
    }
    uploaded = entry->second.source_dir().empty();
    FOVEA_RETURN_IF_ERROR(RenameDurably(DirOf(id), removed));
    records_.erase(entry);
  }
  if (uploaded) {
    FOVEA_ASSIGN_OR_RETURN(const std::vector<DatasetItem> items,
                           ReadIndex(JoinPath(removed, kIndexFile)));
    FOVEA_RETURN_IF_ERROR(blobs_->RemoveUnnamed(HashesOf(items)));
  }
  return RemoveAll(removed);
}

}  // namespace fovea
