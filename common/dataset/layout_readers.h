// One reader a layout; for layout.cc alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/dataset/index.h"

namespace fovea {

// What a reader found, before names of classes are settled and before any split.
struct ReadLayout {
  std::vector<DatasetItem> items;
  bool has_test = false;
  std::string note;  // For the split's description: what was left out; may be empty.
  // Names of class folders in the order of the labels; empty for layouts with numbers.
  std::vector<std::string> folder_names;
};

// Whether the files that mark the layout are there.
bool HasLab(const std::string& dir);
bool HasKaggle(const std::string& dir);
bool HasAptos(const std::string& dir);
bool HasClassFolders(const std::string& dir);

// train_img.csv and train_label.csv, and unless both are absent test_img.csv and test_label.csv.
absl::StatusOr<ReadLayout> ReadLab(const std::string& dir);
// trainLabels.csv with the header image,level.
absl::StatusOr<ReadLayout> ReadKaggle(const std::string& dir);
// train.csv with the header id_code,diagnosis.
absl::StatusOr<ReadLayout> ReadAptos(const std::string& dir);
// A folder a class, or train/ and test/ with such folders in each. Without test/ a folder val/ is
// the test part; beside test/ it is left out, and the note says so. `class_names` gives an order
// when its names are those of the folders.
absl::StatusOr<ReadLayout> ReadFolders(const std::string& dir,
                                       const std::vector<std::string>& class_names);

}  // namespace fovea
