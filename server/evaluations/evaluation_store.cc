#include "server/evaluations/evaluation_store.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/names.h"
#include "common/base/status.h"

namespace fovea {
namespace {

constexpr char kTrashPrefix[] = ".trash-";

}  // namespace

absl::StatusOr<std::unique_ptr<EvaluationStore>> EvaluationStore::Open(const std::string& root) {
  FOVEA_RETURN_IF_ERROR(MakeDirs(root));
  std::unique_ptr<EvaluationStore> store(new EvaluationStore(root));
  FOVEA_RETURN_IF_ERROR(store->Load());
  return store;
}

absl::Status EvaluationStore::Load() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(root_, error)) {
    names.push_back(entry.path().filename().string());
  }
  if (error) return ErrnoStatus(error.value(), root_);
  for (const std::string& name : names) {
    const std::string dir = JoinPath(root_, name);
    if (absl::StartsWith(name, kTrashPrefix)) {
      FOVEA_RETURN_IF_ERROR(RemoveAll(dir));
      continue;
    }
    absl::StatusOr<v1::Evaluation> record = ReadEvaluationRecord(dir);
    if (record.ok()) {
      Remember(name, *std::move(record));
    } else {
      Log(LogLevel::kWarning, "an evaluation cannot be read and is left out",
          {{"error", std::string(record.status().message())}});
    }
  }
  return absl::OkStatus();
}

void EvaluationStore::Remember(const std::string& id, v1::Evaluation record) {
  record.mutable_report()->mutable_referable()->clear_roc_curve();
  record.mutable_report()->mutable_vision_threatening()->clear_roc_curve();
  absl::MutexLock lock(&mutex_);
  records_[id] = std::move(record);
}

absl::Status EvaluationStore::CheckKnown(const std::string& id) const {
  absl::MutexLock lock(&mutex_);
  if (records_.contains(id)) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("name: there is no ", EvaluationName(id)));
}

absl::StatusOr<std::string> EvaluationStore::Publish(const std::string& id,
                                                     const std::string& staged_dir) {
  const std::string dir = JoinPath(root_, id);
  const absl::Status moved = RenameDurably(staged_dir, dir);
  absl::StatusOr<v1::Evaluation> record = ReadEvaluationRecord(dir);
  // With the record there, a rename that failed was done before.
  if (!record.ok()) return moved.ok() ? record.status() : moved;
  Remember(id, *std::move(record));
  return EvaluationName(id);
}

absl::StatusOr<v1::Evaluation> EvaluationStore::Get(const std::string& id) const {
  FOVEA_RETURN_IF_ERROR(CheckKnown(id));
  return ReadEvaluationRecord(JoinPath(root_, id));
}

absl::StatusOr<GradedPhotographs> EvaluationStore::Predictions(const std::string& id) const {
  FOVEA_ASSIGN_OR_RETURN(const v1::Evaluation record, Get(id));
  return ReadPredictions(JoinPath(root_, id), record.class_names_size());
}

std::vector<v1::Evaluation> EvaluationStore::List(const std::string& after, int limit,
                                                  const std::string& model) const {
  absl::MutexLock lock(&mutex_);
  std::vector<v1::Evaluation> found;
  for (auto it = records_.upper_bound(after); it != records_.end(); ++it) {
    if (static_cast<int>(found.size()) == limit) break;
    if (model.empty() || it->second.spec().model() == model) found.push_back(it->second);
  }
  return found;
}

absl::Status EvaluationStore::Delete(const std::string& id) {
  {
    absl::MutexLock lock(&mutex_);
    if (records_.erase(id) == 0) {
      return absl::NotFoundError(absl::StrCat("name: there is no ", EvaluationName(id)));
    }
  }
  const std::string trash = JoinPath(root_, absl::StrCat(kTrashPrefix, id));
  FOVEA_RETURN_IF_ERROR(RenameDurably(JoinPath(root_, id), trash));
  return RemoveAll(trash);
}

}  // namespace fovea
