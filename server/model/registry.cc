#include "server/model/registry.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "server/model/registry_files.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;

using registry_internal::CheckWeights;
using registry_internal::ModelFolder;
using registry_internal::ReadCheckedManifest;

// Not ids, so that no model has such a name.
constexpr char kQuarantine[] = ".quarantine";
constexpr char kTrash[] = ".trash";
constexpr char kProduction[] = "production";
constexpr char kCandidate[] = "candidate";

ModelFolder FolderOf(const std::string& root, const std::string& model_id) {
  return ModelFolder(JoinPath(root, model_id));
}

// Ids of the folders of models, with or without versions, sorted.
std::vector<std::string> ListModelIds(const std::string& root) {
  std::vector<std::string> ids;
  std::error_code error;
  for (fs::directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    const std::string id = it->path().filename().string();
    std::error_code ignored;
    if (ValidateId("model", id).ok() && it->is_directory(ignored)) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

absl::Status NoModel(const std::string& root, const std::string& model_id) {
  std::vector<std::string> ids;
  for (const std::string& id : ListModelIds(root)) {
    if (!FolderOf(root, id).ListVersions().empty()) ids.push_back(id);
  }
  const std::string there = ids.empty() ? "there is no model yet"
                                        : absl::StrCat("there are: ", absl::StrJoin(ids, ", "));
  return absl::NotFoundError(absl::StrCat("model \"", model_id, "\" does not exist; ", there));
}

absl::Status NoVersion(const ModelFolder& folder, const std::string& model_id, int32_t version) {
  return absl::NotFoundError(absl::StrCat(ModelVersionName(model_id, version),
                                          " does not exist; there are the versions ",
                                          absl::StrJoin(folder.ListVersions(), ", ")));
}

absl::Status NoAlias(const std::map<std::string, int32_t>& aliases, const std::string& model_id,
                     const std::string& alias) {
  std::vector<std::string> names;
  for (const auto& [name, version] : aliases) names.push_back(name);
  const std::string there = names.empty() ? "it has none"
                                          : absl::StrCat("it has: ", absl::StrJoin(names, ", "));
  return absl::NotFoundError(
      absl::StrCat("model \"", model_id, "\" has no alias \"", alias, "\"; ", there));
}

std::vector<std::string> AliasesOf(const std::map<std::string, int32_t>& aliases, int32_t version) {
  std::vector<std::string> names;
  for (const auto& [name, target] : aliases) {
    if (target == version) names.push_back(name);
  }
  return names;
}

absl::StatusOr<VersionInfo> ReadVersion(const ModelFolder& folder, const std::string& model_id,
                                        int32_t version) {
  VersionInfo info;
  info.model_id = model_id;
  info.version = version;
  info.dir = folder.VersionDir(version);
  FOVEA_ASSIGN_OR_RETURN(info.manifest, ReadCheckedManifest(info.dir));
  FOVEA_ASSIGN_OR_RETURN(const AliasTable table, folder.ReadAliases());
  info.aliases = AliasesOf(table.aliases, version);
  return info;
}

absl::StatusOr<ModelInfo> ReadModel(const std::string& root, const std::string& model_id) {
  const ModelFolder folder = FolderOf(root, model_id);
  ModelInfo info;
  info.model_id = model_id;
  info.versions = folder.ListVersions();
  if (info.versions.empty()) return NoModel(root, model_id);
  FOVEA_ASSIGN_OR_RETURN(AliasTable table, folder.ReadAliases());
  info.aliases = std::move(table.aliases);
  info.alias_changes = std::move(table.changes);
  return info;
}

// The version that a job published before, if any.
std::optional<int32_t> FindByJob(const ModelFolder& folder, const std::string& job) {
  if (job.empty()) return std::nullopt;
  for (const int32_t version : folder.ListVersions()) {
    const absl::StatusOr<Manifest> manifest = ReadManifest(folder.VersionDir(version));
    if (manifest.ok() && manifest->provenance.job == job) return version;
  }
  return std::nullopt;
}

std::vector<std::string> AliasesOfNewVersion(const ModelFolder& folder, const Manifest& manifest) {
  std::vector<std::string> aliases;
  if (folder.ListVersions().empty() && !manifest.class_names.empty()) {
    aliases.push_back(kProduction);
  }
  if (manifest.provenance.kind == "trained") aliases.push_back(kCandidate);
  return aliases;
}

std::string HoldingName(const std::string& root, const char* place, const std::string& what) {
  return JoinPath(JoinPath(root, place), absl::StrCat(what, "-", MakeSecret().substr(0, 8)));
}

// Whether an error says that the files are bad, and not that they could not be read just now.
bool IsDamage(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsNotFound(status) || absl::IsDataLoss(status);
}

void LogQuarantine(const std::string& what, const absl::Status& why) {
  Log(LogLevel::kWarning, "damaged part of the model registry was put aside",
      {{"what", what}, {"why", std::string(why.message())}, {"where", kQuarantine}});
}

// Makes good what a crash left undone in a model's folder, and puts aside what is damaged.
absl::Status RepairModel(const std::string& root, const std::string& model_id) {
  const ModelFolder folder = FolderOf(root, model_id);
  for (const int32_t version : folder.ListVersions()) {
    const absl::Status status = ReadCheckedManifest(folder.VersionDir(version)).status();
    if (status.ok()) continue;
    if (!IsDamage(status)) return status;
    const std::string what = absl::StrCat(model_id, "-", version);
    FOVEA_RETURN_IF_ERROR(folder.RetireVersion(version, HoldingName(root, kQuarantine, what)));
    LogQuarantine(ModelVersionName(model_id, version), status);
  }
  const absl::Status aliases = folder.ReadAliases().status();
  if (IsDamage(aliases)) {
    FOVEA_RETURN_IF_ERROR(RenameDurably(
        folder.aliases_path(), HoldingName(root, kQuarantine, model_id + "-aliases.json")));
    LogQuarantine(model_id + "/aliases.json", aliases);
  }
  return folder.FinishPublish();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Registry>> Registry::Open(const std::string& root) {
  FOVEA_RETURN_IF_ERROR(RemoveAll(JoinPath(root, kTrash)));
  FOVEA_RETURN_IF_ERROR(MakeDirs(JoinPath(root, kTrash)));
  FOVEA_RETURN_IF_ERROR(MakeDirs(JoinPath(root, kQuarantine)));
  for (const std::string& model_id : ListModelIds(root)) {
    FOVEA_RETURN_IF_ERROR(Annotate(RepairModel(root, model_id), "model registry"));
  }
  return std::unique_ptr<Registry>(new Registry(root));
}

absl::StatusOr<VersionInfo> Registry::Publish(const std::string& model_id,
                                              const std::string& staged_dir,
                                              const std::string& job) {
  FOVEA_RETURN_IF_ERROR(ValidateId("model_id", model_id));
  const absl::StatusOr<Manifest> manifest = ReadCheckedManifest(staged_dir);
  // Hashing takes a while and needs no lock: nobody else writes a staged folder.
  if (manifest.ok()) FOVEA_RETURN_IF_ERROR(CheckWeights(staged_dir, *manifest));

  const absl::MutexLock lock(&mutex_);
  const ModelFolder folder = FolderOf(root_, model_id);
  FOVEA_RETURN_IF_ERROR(folder.FinishPublish());
  if (const std::optional<int32_t> before = FindByJob(folder, job)) {
    FOVEA_RETURN_IF_ERROR(RemoveAll(staged_dir));
    return ReadVersion(folder, model_id, *before);
  }
  FOVEA_RETURN_IF_ERROR(manifest.status());
  if (!job.empty() && manifest->provenance.job != job) {
    return FieldError("job", absl::StrCat("the staged manifest is of \"", manifest->provenance.job,
                                          "\", not of \"", job, "\""));
  }
  FOVEA_ASSIGN_OR_RETURN(const int32_t version, folder.NextVersion());
  FOVEA_RETURN_IF_ERROR(
      folder.PublishVersion(staged_dir, version, AliasesOfNewVersion(folder, *manifest),
                            absl::StrCat("new version, ", manifest->provenance.kind)));
  return ReadVersion(folder, model_id, version);
}

absl::StatusOr<VersionInfo> Registry::Resolve(const ModelRef& ref) const {
  FOVEA_RETURN_IF_ERROR(ValidateId("model", ref.model_id));
  const absl::MutexLock lock(&mutex_);
  FOVEA_ASSIGN_OR_RETURN(const ModelInfo model, ReadModel(root_, ref.model_id));
  const ModelFolder folder = FolderOf(root_, ref.model_id);
  int32_t version = ref.version;
  if (version == 0) {
    const auto found = model.aliases.find(ref.alias.empty() ? kProduction : ref.alias);
    if (found == model.aliases.end() && !ref.alias.empty()) {
      return NoAlias(model.aliases, ref.model_id, ref.alias);
    }
    version = found == model.aliases.end() ? model.versions.back() : found->second;
  }
  if (!folder.HasVersion(version)) return NoVersion(folder, ref.model_id, version);
  return ReadVersion(folder, ref.model_id, version);
}

std::vector<ModelInfo> Registry::ListModels() const {
  const absl::MutexLock lock(&mutex_);
  std::vector<ModelInfo> models;
  for (const std::string& id : ListModelIds(root_)) {
    absl::StatusOr<ModelInfo> model = ReadModel(root_, id);
    if (model.ok()) models.push_back(*std::move(model));
  }
  return models;
}

absl::StatusOr<ModelInfo> Registry::GetModel(const std::string& model_id) const {
  FOVEA_RETURN_IF_ERROR(ValidateId("model", model_id));
  const absl::MutexLock lock(&mutex_);
  return ReadModel(root_, model_id);
}

absl::StatusOr<ModelInfo> Registry::SetAlias(const std::string& model_id, const std::string& alias,
                                             int32_t version, const AliasNote& note) {
  FOVEA_RETURN_IF_ERROR(ValidateId("model", model_id));
  FOVEA_RETURN_IF_ERROR(ValidateId("alias", alias));
  const absl::MutexLock lock(&mutex_);
  const ModelFolder folder = FolderOf(root_, model_id);
  FOVEA_RETURN_IF_ERROR(folder.FinishPublish());
  FOVEA_ASSIGN_OR_RETURN(ModelInfo model, ReadModel(root_, model_id));
  AliasTable table = {std::move(model.aliases), std::move(model.alias_changes)};
  const int32_t before = table.Target(alias);
  if (version == 0 && before == 0) return NoAlias(table.aliases, model_id, alias);
  if (version != 0 && !folder.HasVersion(version)) return NoVersion(folder, model_id, version);
  if (note.expected.value_or(before) != before) {
    return absl::AbortedError(absl::StrCat(
        "alias \"", alias, "\" was changed meanwhile and is version ", before, " now; try again"));
  }
  table.Apply({.alias = alias,
               .to_version = version,
               .time = absl::Now(),
               .checks = note.checks,
               .forced = note.forced,
               .reason = note.reason});
  FOVEA_RETURN_IF_ERROR(folder.WriteAliases(table));
  model.aliases = std::move(table.aliases);
  model.alias_changes = std::move(table.changes);
  return model;
}

absl::Status Registry::DeleteVersion(const std::string& model_id, int32_t version) {
  FOVEA_RETURN_IF_ERROR(ValidateId("model", model_id));
  std::string trash;
  {
    const absl::MutexLock lock(&mutex_);
    const ModelFolder folder = FolderOf(root_, model_id);
    FOVEA_RETURN_IF_ERROR(folder.FinishPublish());
    FOVEA_ASSIGN_OR_RETURN(const ModelInfo model, ReadModel(root_, model_id));
    if (!folder.HasVersion(version)) return NoVersion(folder, model_id, version);
    const std::vector<std::string> aliases = AliasesOf(model.aliases, version);
    if (!aliases.empty()) {
      return absl::FailedPreconditionError(absl::StrCat(
          ModelVersionName(model_id, version), " is in use by alias ",
          absl::StrJoin(aliases, ", "), "; point it elsewhere or remove it first"));
    }
    trash = HoldingName(root_, kTrash, absl::StrCat(model_id, "-", version));
    FOVEA_RETURN_IF_ERROR(folder.RetireVersion(version, trash));
  }
  return RemoveAll(trash);  // From the rename on it is gone; Open removes what is left here.
}

}  // namespace fovea
