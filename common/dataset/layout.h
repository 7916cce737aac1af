// Finds out how graded photographs lie in a folder, and splits them where no test part is given.
// Used by the server (folders under its dataset root) and by the command line (folders to push).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/dataset/index.h"

namespace fovea {

struct LayoutOptions {
  std::string layout = "auto";  // "auto", "lab", "kaggle", "aptos" or "folders".
  double test_share = 0.2;      // Of the patients, where the layout has no test part. In (0, 1).
  uint64_t split_seed = 0;
  std::vector<std::string> class_names;  // Empty: see CreateDatasetRequest.class_names.
};

// What was found. Items are not hashed.
struct FoundDataset {
  std::string layout;  // The one that was recognised.
  std::vector<DatasetItem> items;
  std::vector<std::string> class_names;
  std::string split;  // "as given", or a sentence that says rule, share and seed.
};

// Reads the csv files and lists the photographs beneath `dir`. INVALID_ARGUMENT with what was
// looked for when no layout fits; for csvs of unequal length, a grade that is not a number, a file
// that is named but missing (with the first few names and the count).
absl::StatusOr<FoundDataset> FindDataset(const std::string& dir, const LayoutOptions& options);

// Fills in sha256 and size of every item from the files, with `threads` threads.
// `progress(done, total)` is called from one thread at a time.
absl::Status HashItems(const std::string& dir, int threads,
                       const std::function<void(int64_t, int64_t)>& progress,
                       std::vector<DatasetItem>* items);

// The patient in a file name `<patient>_left` or `<patient>_right`; otherwise the stem itself.
std::string PatientOf(const std::string& path);

}  // namespace fovea
