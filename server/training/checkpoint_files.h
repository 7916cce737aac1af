// The files in job_dir/checkpoints:
//
//   epoch-00003-step-000120-best-00002.safetensors   a checkpoint (see checkpoint.h)
//   best-00002/                                      version of the best epoch, ready to publish
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace fovea {

struct CheckpointFile {
  std::string path;
  int32_t epoch = 0;
  int32_t step = 0;
  int32_t best_epoch = 0;  // 0: none.
};

inline constexpr size_t kCheckpointsKept = 2;

// Those in the folder, the one that is furthest first. None when there is no folder.
std::vector<CheckpointFile> ListCheckpoints(const std::string& dir);

// Writes the file whole or not at all (path is filled in), then removes what is not needed any more: all
// checkpoints but the last kCheckpointsKept, and versions that none of those points at.
absl::Status WriteCheckpointFile(const std::string& dir, absl::string_view content,
                                 CheckpointFile* file);

// Folder of an epoch's version.
std::string BestVersionDir(const std::string& dir, int32_t epoch);

}  // namespace fovea
