// The folder of one data set: dataset.json, the record, and items.jsonl, the index.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/dataset/index.h"
#include "fovea/v1/dataset_service.pb.h"

namespace fovea {

inline constexpr char kIndexFile[] = "items.jsonl";

// The record of these items: counts, fingerprint, shared patients and bytes; the time is now.
v1::Dataset MakeRecord(const std::string& id, const std::vector<std::string>& class_names,
                       const std::string& split, const std::string& source_dir,
                       const std::vector<DatasetItem>& items);

// Makes the folder and writes both files durably.
absl::Status WriteDatasetFolder(const std::string& dir, const v1::Dataset& record,
                                const std::vector<DatasetItem>& items);

struct LoadedDataset {
  v1::Dataset record;
  std::vector<DatasetItem> items;
};

// Reads both files. DATA_LOSS when they are damaged or do not belong together.
absl::StatusOr<LoadedDataset> ReadDatasetFolder(const std::string& dir, const std::string& id);

}  // namespace fovea
