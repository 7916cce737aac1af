// The layout with a folder a class.
#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/dataset/grades.h"
#include "common/dataset/layout.h"
#include "common/dataset/layout_readers.h"
#include "common/dataset/photo_files.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;

bool IsDir(const std::string& dir, const char* name) {
  std::error_code error;
  return fs::is_directory(JoinPath(dir, name), error);
}

// Which folder below the root holds which part; "" for the root itself.
struct PartFolders {
  std::string train;
  std::string test;
  std::string note;
};

absl::StatusOr<PartFolders> FindPartFolders(const std::string& dir) {
  const bool has_train = IsDir(dir, "train");
  const bool has_test = IsDir(dir, "test");
  const bool has_val = IsDir(dir, "val");
  if (!has_train && (has_test || has_val)) {
    return absl::InvalidArgumentError(
        "the folder has test/ or val/ but no train/; needed is train/ with a folder for each "
        "class");
  }
  if (!has_train) return PartFolders{};
  if (has_test) return PartFolders{"train", "test", has_val ? "val/ left out" : ""};
  if (has_val) return PartFolders{"train", "val", "val/ is the test part"};
  return PartFolders{"train", "", ""};
}

// The folder directly below `part_folder` that a path is in; empty when it is in none.
std::string ClassFolder(absl::string_view path, absl::string_view part_folder) {
  if (!part_folder.empty()) {
    if (!absl::StartsWith(path, absl::StrCat(part_folder, "/"))) return "";
    path.remove_prefix(part_folder.size() + 1);
  }
  const size_t slash = path.find('/');
  return slash == absl::string_view::npos ? "" : std::string(path.substr(0, slash));
}

// A photograph of one eye names its patient. Another stem may return in the next folder for another
// patient, so it says nothing.
std::string PatientIfNamed(const std::string& path) {
  const absl::string_view stem = WithoutPhotoExtension(path);
  const bool is_eye = absl::EndsWith(stem, "_left") || absl::EndsWith(stem, "_right");
  return is_eye ? PatientOf(path) : "";
}

// The order of the labels: as asked for when `wanted` holds all the folders' names.
std::vector<std::string> OrderClasses(std::vector<std::string> found,
                                      const std::vector<std::string>& wanted) {
  const absl::flat_hash_set<std::string> names(wanted.begin(), wanted.end());
  const bool as_wanted = std::all_of(found.begin(), found.end(), [&](const std::string& name) {
    return names.contains(name);
  });
  if (as_wanted && !wanted.empty()) return wanted;
  SortClasses(&found);
  return found;
}

// The names of folders that hold photographs, of the train part. A class of the test part alone is
// an error.
absl::StatusOr<std::vector<std::string>> ClassesOf(const std::vector<std::string>& paths,
                                                   const PartFolders& parts) {
  absl::flat_hash_set<std::string> train;
  absl::flat_hash_set<std::string> test;
  for (const std::string& path : paths) {
    if (const std::string name = ClassFolder(path, parts.train); !name.empty()) train.insert(name);
    if (parts.test.empty()) continue;
    if (const std::string name = ClassFolder(path, parts.test); !name.empty()) test.insert(name);
  }
  for (const std::string& name : test) {
    if (train.contains(name)) continue;
    return absl::InvalidArgumentError(absl::StrCat("class folder \"", absl::CHexEscape(name),
                                                   "\" is in ", parts.test, "/ but not in train/"));
  }
  return std::vector<std::string>(train.begin(), train.end());
}

}  // namespace

bool HasClassFolders(const std::string& dir) {
  const absl::StatusOr<PhotoFiles> files = PhotoFiles::List(dir);
  // A folder that cannot be listed is left to ReadFolders, which says why.
  if (!files.ok()) return true;
  const absl::StatusOr<PartFolders> parts = FindPartFolders(dir);
  if (!parts.ok()) return false;
  const absl::StatusOr<std::vector<std::string>> classes = ClassesOf(files->paths(), *parts);
  return !classes.ok() || classes->size() >= 2;
}

absl::StatusOr<ReadLayout> ReadFolders(const std::string& dir,
                                       const std::vector<std::string>& class_names) {
  FOVEA_ASSIGN_OR_RETURN(const PhotoFiles files, PhotoFiles::List(dir));
  FOVEA_ASSIGN_OR_RETURN(const PartFolders parts, FindPartFolders(dir));
  FOVEA_ASSIGN_OR_RETURN(std::vector<std::string> classes, ClassesOf(files.paths(), parts));
  if (classes.size() < 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        "found ", classes.size(), " folders with photographs; needed is a folder for each of two "
        "classes or more"));
  }
  ReadLayout read;
  read.has_test = !parts.test.empty();
  read.note = parts.note;
  read.folder_names = OrderClasses(std::move(classes), class_names);
  absl::flat_hash_map<std::string, int32_t> labels;
  for (size_t i = 0; i < read.folder_names.size(); ++i) {
    labels[read.folder_names[i]] = static_cast<int32_t>(i);
  }
  for (const std::string& path : files.paths()) {
    Part part = Part::kTrain;
    std::string name = ClassFolder(path, parts.train);
    if (name.empty() && read.has_test) {
      name = ClassFolder(path, parts.test);
      part = Part::kTest;
    }
    // Loose files and other folders, val/ beside test/ for instance.
    if (name.empty()) continue;
    read.items.push_back({.path = path,
                          .label = labels.at(name),
                          .part = part,
                          .patient = PatientIfNamed(path)});
  }
  return read;
}

}  // namespace fovea
