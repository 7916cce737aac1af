#include "server/model/registry_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/base/file.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "server/model/json_reader.h"

namespace fovea::registry_internal {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxSmallFile = 1 << 20;
constexpr size_t kHashChunk = 1 << 20;
constexpr int32_t kMaxVersion = std::numeric_limits<int32_t>::max() - 1;

// A version number in the one form that this file writes; 0 for anything else.
int32_t ParseVersion(absl::string_view text) {
  int32_t version = 0;
  const bool ok = absl::SimpleAtoi(text, &version) && version >= 1 && absl::StrCat(version) == text;
  return ok ? version : 0;
}

absl::Status Damaged(const std::string& path) {
  return absl::DataLossError(absl::StrCat(path, ": is damaged; restore it or remove it"));
}

absl::StatusOr<int64_t> FileSize(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) return ErrnoStatus(errno, path);
  if (!S_ISREG(info.st_mode)) return FieldError(path, "is not a regular file");
  return info.st_size;
}

absl::StatusOr<std::string> HashFile(const std::string& path) {
  const FileDescriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) return ErrnoStatus(errno, path);
  Sha256 hash;
  std::string chunk(kHashChunk, '\0');
  while (true) {
    const ssize_t got = read(fd.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus(errno, path);
    if (got == 0) return hash.FinishHex();
    hash.Update(absl::string_view(chunk.data(), got));
  }
}

// Makes a folder whose name survives a power loss.
absl::Status MakeDirDurably(const std::string& dir) {
  std::error_code error;
  if (fs::is_directory(dir, error)) return absl::OkStatus();
  FOVEA_RETURN_IF_ERROR(MakeDirs(dir));
  return SyncDir(fs::path(dir).parent_path().string());
}

std::string JournalPath(const std::string& dir) { return JoinPath(dir, "publishing.json"); }
std::string NextVersionPath(const std::string& dir) { return JoinPath(dir, "next_version"); }

// Below this number no version may be made, by the file alone; 1 without it.
absl::StatusOr<int32_t> ReadNextVersion(const std::string& dir) {
  const std::string path = NextVersionPath(dir);
  const absl::StatusOr<std::string> text = ReadFile(path, kMaxSmallFile);
  if (absl::IsNotFound(text.status())) return 1;
  FOVEA_RETURN_IF_ERROR(text.status());
  const int32_t version = ParseVersion(absl::StripSuffix(*text, "\n"));
  if (version == 0) return Damaged(path);
  return version;
}

}  // namespace

std::string ModelFolder::VersionDir(int32_t version) const {
  return JoinPath(JoinPath(dir_, "versions"), absl::StrCat(version));
}

std::string ModelFolder::aliases_path() const { return JoinPath(dir_, "aliases.json"); }

std::vector<int32_t> ModelFolder::ListVersions() const {
  std::vector<int32_t> versions;
  std::error_code error;
  for (fs::directory_iterator it(JoinPath(dir_, "versions"), error), end; !error && it != end;
       it.increment(error)) {
    const int32_t version = ParseVersion(it->path().filename().string());
    if (version > 0) versions.push_back(version);
  }
  std::sort(versions.begin(), versions.end());
  return versions;
}

bool ModelFolder::HasVersion(int32_t version) const {
  std::error_code error;
  return version > 0 && fs::is_directory(VersionDir(version), error);
}

absl::StatusOr<AliasTable> ModelFolder::ReadAliases() const {
  const absl::StatusOr<std::string> text = ReadFile(aliases_path(), kMaxSmallFile);
  if (absl::IsNotFound(text.status())) return AliasTable();
  FOVEA_RETURN_IF_ERROR(text.status());
  absl::StatusOr<AliasTable> table = AliasTableFromJson(*text);
  if (!table.ok()) return Damaged(aliases_path());
  std::erase_if(table->aliases, [this](const auto& alias) { return !HasVersion(alias.second); });
  return table;
}

absl::Status ModelFolder::WriteAliases(const AliasTable& table) const {
  return WriteFileAtomic(aliases_path(), AliasTableToJson(table));
}

absl::StatusOr<int32_t> ModelFolder::NextVersion() const {
  FOVEA_ASSIGN_OR_RETURN(const int32_t floor, ReadNextVersion(dir_));
  const std::vector<int32_t> versions = ListVersions();
  const int32_t next = versions.empty() ? floor : std::max(floor, versions.back() + 1);
  if (next > kMaxVersion) return absl::ResourceExhaustedError("the model has no version left");
  return next;
}

absl::Status ModelFolder::PublishVersion(const std::string& staged_dir, int32_t version,
                                         const std::vector<std::string>& aliases,
                                         const std::string& reason) const {
  FOVEA_RETURN_IF_ERROR(SyncDir(staged_dir));
  FOVEA_RETURN_IF_ERROR(MakeDirDurably(dir_));
  FOVEA_RETURN_IF_ERROR(MakeDirDurably(JoinPath(dir_, "versions")));
  const nlohmann::json journal = {
      {"version", version}, {"aliases", aliases}, {"reason", reason}};
  FOVEA_RETURN_IF_ERROR(WriteFileAtomic(JournalPath(dir_), journal.dump()));
  FOVEA_RETURN_IF_ERROR(RenameDurably(staged_dir, VersionDir(version)));
  return FinishPublish();
}

absl::Status ModelFolder::FinishPublish() const {
  const absl::StatusOr<std::string> text = ReadFile(JournalPath(dir_), kMaxSmallFile);
  if (absl::IsNotFound(text.status())) return absl::OkStatus();
  FOVEA_RETURN_IF_ERROR(text.status());
  FOVEA_ASSIGN_OR_RETURN(const nlohmann::json json, ParseJsonObject("publishing", *text));
  JsonReader reader(json, "publishing");
  const int32_t version = static_cast<int32_t>(reader.Int("version", 1, kMaxVersion));
  const std::vector<std::string> names = reader.Strings("aliases");
  const std::string reason = reader.Has("reason") ? reader.String("reason") : "";
  FOVEA_RETURN_IF_ERROR(reader.Finish());
  if (HasVersion(version) && !names.empty()) {
    FOVEA_ASSIGN_OR_RETURN(AliasTable table, ReadAliases());
    for (const std::string& name : names) {
      if (table.Target(name) == version) continue;  // A crash came after this.
      table.Apply({.alias = name, .to_version = version, .time = absl::Now(), .reason = reason});
    }
    FOVEA_RETURN_IF_ERROR(WriteAliases(table));
  }
  return RemoveAll(JournalPath(dir_));
}

absl::Status ModelFolder::RetireVersion(int32_t version, const std::string& destination) const {
  FOVEA_ASSIGN_OR_RETURN(const int32_t next, NextVersion());
  FOVEA_RETURN_IF_ERROR(WriteFileAtomic(NextVersionPath(dir_), absl::StrCat(next, "\n")));
  return RenameDurably(VersionDir(version), destination);
}

absl::Status CheckWeights(const std::string& version_dir, const Manifest& manifest) {
  FOVEA_ASSIGN_OR_RETURN(const std::string hash, HashFile(JoinPath(version_dir, kWeightsFile)));
  if (hash == manifest.weights_sha256) return absl::OkStatus();
  return absl::DataLossError("weights: the file is not the one that the manifest describes");
}

absl::StatusOr<Manifest> ReadCheckedManifest(const std::string& version_dir) {
  FOVEA_ASSIGN_OR_RETURN(Manifest manifest, ReadManifest(version_dir));
  FOVEA_ASSIGN_OR_RETURN(const int64_t bytes, FileSize(JoinPath(version_dir, kWeightsFile)));
  if (bytes != manifest.weights_bytes) {
    return absl::DataLossError(absl::StrCat(
        "weights: the file has ", bytes, " bytes, the manifest says ", manifest.weights_bytes));
  }
  return manifest;
}

}  // namespace fovea::registry_internal
