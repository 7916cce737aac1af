#include "common/dataset/layout.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/dataset/grades.h"
#include "common/dataset/layout_readers.h"
#include "common/dataset/photo_files.h"
#include "common/dataset/split.h"

namespace fovea {
namespace {

constexpr absl::string_view kLooked =
    "looked for train_img.csv and train_label.csv (lab), trainLabels.csv with the header "
    "image,level (kaggle), train.csv with the header id_code,diagnosis (aptos), and a folder for "
    "each class, in train/ and test/ or not (folders)";

absl::StatusOr<std::string> Recognise(const std::string& dir) {
  std::vector<std::string> found;
  if (HasLab(dir)) found.push_back("lab");
  if (HasKaggle(dir)) found.push_back("kaggle");
  if (HasAptos(dir)) found.push_back("aptos");
  if (found.empty() && HasClassFolders(dir)) found.push_back("folders");
  if (found.size() == 1) return found[0];
  if (found.empty()) return FieldError("layout", absl::StrCat("none fits the folder; ", kLooked));
  return FieldError("layout", absl::StrCat("the folder fits ", absl::StrJoin(found, " and "),
                                           "; say which one to read"));
}

absl::StatusOr<ReadLayout> Read(const std::string& dir, const std::string& layout,
                                const std::vector<std::string>& class_names) {
  if (layout == "lab") return ReadLab(dir);
  if (layout == "kaggle") return ReadKaggle(dir);
  if (layout == "aptos") return ReadAptos(dir);
  if (layout == "folders") return ReadFolders(dir, class_names);
  return FieldError("layout", absl::StrCat("\"", absl::CHexEscape(layout.substr(0, 40)),
                                           "\" is not one of auto, lab, kaggle, aptos, folders"));
}

absl::StatusOr<std::vector<std::string>> NameFolders(const std::vector<std::string>& folders,
                                                     const std::vector<std::string>& wanted) {
  const bool numbered = AreNumbers(folders);
  if (wanted.empty()) {
    return numbered ? NumberedClassNames(static_cast<int>(folders.size())) : folders;
  }
  if (folders == wanted) return wanted;
  if (numbered && folders.size() == wanted.size()) return wanted;
  return FieldError("class_names",
                    absl::StrCat("do not fit the folders ", absl::StrJoin(folders, ", "),
                                 "; give those names in any order, or number the folders from 0"));
}

absl::StatusOr<std::vector<std::string>> NameGrades(const std::vector<DatasetItem>& items,
                                                    const std::vector<std::string>& wanted) {
  int32_t highest = 0;
  for (const DatasetItem& item : items) highest = std::max(highest, item.label);
  if (wanted.empty()) return NumberedClassNames(highest + 1);
  if (highest < static_cast<int32_t>(wanted.size())) return wanted;
  return FieldError("class_names", absl::StrCat(wanted.size(), " names, but the grades go up to ",
                                                highest, "; give one for each"));
}

std::string Describe(const LayoutOptions& options) {
  return absl::StrFormat("%g %% of the patients drawn for the test part, stratified by their "
                         "highest grade, seed %d",
                         100 * options.test_share, options.split_seed);
}

}  // namespace

absl::StatusOr<FoundDataset> FindDataset(const std::string& dir, const LayoutOptions& options) {
  std::error_code error;
  if (!std::filesystem::is_directory(dir, error)) {
    return absl::NotFoundError(absl::StrCat(dir, ": is not a folder"));
  }
  FoundDataset found;
  found.layout = options.layout;
  if (found.layout.empty() || found.layout == "auto") {
    FOVEA_ASSIGN_OR_RETURN(found.layout, Recognise(dir));
  }
  FOVEA_ASSIGN_OR_RETURN(ReadLayout read, Read(dir, found.layout, options.class_names));
  if (read.folder_names.empty()) {
    FOVEA_ASSIGN_OR_RETURN(found.class_names, NameGrades(read.items, options.class_names));
  } else {
    FOVEA_ASSIGN_OR_RETURN(found.class_names, NameFolders(read.folder_names, options.class_names));
  }
  FOVEA_RETURN_IF_ERROR(ValidateClassNames(found.class_names));
  found.split = "as given";
  if (!read.has_test) {
    FOVEA_RETURN_IF_ERROR(SplitByPatient(options.test_share, options.split_seed, &read.items));
    found.split = Describe(options);
  }
  if (!read.note.empty()) absl::StrAppend(&found.split, "; ", read.note);
  found.items = std::move(read.items);
  FOVEA_RETURN_IF_ERROR(
      ValidateItems(found.items, static_cast<int>(found.class_names.size()), /*hashed=*/false));
  return found;
}

std::string PatientOf(const std::string& path) {
  const std::string stem =
      std::filesystem::path(std::string(WithoutPhotoExtension(path))).filename().string();
  absl::string_view patient = stem;
  if (!absl::ConsumeSuffix(&patient, "_left")) absl::ConsumeSuffix(&patient, "_right");
  return patient.empty() ? stem : std::string(patient);
}

}  // namespace fovea
