// The photographs of a data set with their grades, and the file that lists them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace fovea {

enum class Part { kTrain, kTest };

// The wire form, with the meaning of each field, is fovea.v1.DatasetItem.
struct DatasetItem {
  std::string path = "";
  int32_t label = 0;
  Part part = Part::kTrain;
  std::string patient = "";
  std::string sha256 = "";  // Empty before the file was hashed.
  int64_t size = 0;

  bool operator==(const DatasetItem&) const = default;
};

// INVALID_ARGUMENT for: no items, an invalid or repeated path, a label outside 0 .. num_classes - 1,
// fewer than two classes, an empty train or test part, a malformed SHA-256 (empty is allowed when
// `hashed` is false).
absl::Status ValidateItems(const std::vector<DatasetItem>& items, int num_classes, bool hashed);

// SHA-256 over "sha256 label part" of every item, sorted, so that the order and the names of files
// do not matter. All items must be hashed.
std::string DatasetFingerprint(const std::vector<DatasetItem>& items);

// Counts by class of one part.
std::vector<int64_t> CountClasses(const std::vector<DatasetItem>& items, Part part,
                                  int num_classes);

// Patients (named ones) with photographs in both parts.
int64_t CountSharedPatients(const std::vector<DatasetItem>& items);

// The index file: one line of JSON an item.
absl::Status WriteIndex(const std::string& path, const std::vector<DatasetItem>& items);
absl::StatusOr<std::vector<DatasetItem>> ReadIndex(const std::string& path);

// Where the content of the items is.
struct FileSource {
  std::string dir;
  // true: dir/ab/abcdef... by content hash (uploaded); false: dir/path.
  bool by_hash = false;
};

// The bytes of one item, opened beneath the source's folder. DATA_LOSS when the item is hashed and
// the file is not what it was.
absl::StatusOr<std::string> ReadItem(const FileSource& source, const DatasetItem& item,
                                     int64_t max_bytes);

// dir-relative place of uploaded content: "ab/abcdef...".
std::string HashPath(const std::string& sha256);

}  // namespace fovea
