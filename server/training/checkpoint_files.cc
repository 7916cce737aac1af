#include "server/training/checkpoint_files.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>
#include <system_error>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/file.h"
#include "common/base/status.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;

std::string FileName(const CheckpointFile& file) {
  return absl::StrFormat("epoch-%05d-step-%06d-best-%05d.safetensors", file.epoch, file.step,
                         file.best_epoch);
}

// Removes everything that neither is nor belongs to a kept checkpoint, half-written files included.
absl::Status Prune(const std::string& dir) {
  std::vector<CheckpointFile> kept = ListCheckpoints(dir);
  if (kept.size() > kCheckpointsKept) kept.resize(kCheckpointsKept);
  std::set<std::string> names;
  for (const CheckpointFile& file : kept) {
    names.insert(FileName(file));
    names.insert(fs::path(BestVersionDir(dir, file.best_epoch)).filename().string());
  }
  std::vector<std::string> unused;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(dir, error)) {
    if (!names.contains(entry.path().filename().string())) unused.push_back(entry.path().string());
  }
  for (const std::string& path : unused) FOVEA_RETURN_IF_ERROR(RemoveAll(path));
  return absl::OkStatus();
}

}  // namespace

std::vector<CheckpointFile> ListCheckpoints(const std::string& dir) {
  std::vector<CheckpointFile> files;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(dir, error)) {
    CheckpointFile file;
    const std::string name = entry.path().filename().string();
    if (std::sscanf(name.c_str(), "epoch-%d-step-%d-best-%d", &file.epoch, &file.step,
                    &file.best_epoch) != 3 ||
        name != FileName(file)) {
      continue;
    }
    file.path = entry.path().string();
    files.push_back(file);
  }
  std::sort(files.begin(), files.end(), [](const CheckpointFile& a, const CheckpointFile& b) {
    return std::tie(a.epoch, a.step) > std::tie(b.epoch, b.step);
  });
  return files;
}

absl::Status WriteCheckpointFile(const std::string& dir, absl::string_view content,
                                 CheckpointFile* file) {
  file->path = JoinPath(dir, FileName(*file));
  FOVEA_RETURN_IF_ERROR(WriteFileAtomic(file->path, content));
  return Prune(dir);
}

std::string BestVersionDir(const std::string& dir, int32_t epoch) {
  return JoinPath(dir, absl::StrFormat("best-%05d", epoch));
}

}  // namespace fovea
