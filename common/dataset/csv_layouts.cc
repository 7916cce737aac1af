// Layouts whose grades are in csv files: lab, kaggle, aptos.
#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/dataset/csv.h"
#include "common/dataset/grades.h"
#include "common/dataset/layout.h"
#include "common/dataset/layout_readers.h"
#include "common/dataset/photo_files.h"

namespace fovea {
namespace {

constexpr int64_t kMaxCsvBytes = int64_t{256} << 20;
constexpr size_t kNamesInErrors = 5;

// A photograph as a csv names it.
struct NamedGrade {
  std::string name;
  int32_t grade = 0;
  Part part = Part::kTrain;
  std::string where;  // "file line N".
};

bool Exists(const std::string& dir, const char* file) {
  std::error_code error;
  return std::filesystem::exists(JoinPath(dir, file), error);
}

absl::StatusOr<std::vector<CsvRow>> ReadRows(const std::string& dir, const std::string& file,
                                             size_t columns) {
  FOVEA_ASSIGN_OR_RETURN(const std::string text, ReadFileBeneath(dir, file, kMaxCsvBytes));
  FOVEA_ASSIGN_OR_RETURN(std::vector<CsvRow> rows, ParseCsv(file, text));
  if (rows.empty()) return FieldError(file, "has no rows");
  for (const CsvRow& row : rows) {
    if (row.fields.size() != columns || row.fields[0].empty()) {
      return FieldError(absl::StrCat(file, " line ", row.line),
                        absl::StrCat("has ", row.fields.size(), " fields; needed are ", columns,
                                     ", the first not empty"));
    }
  }
  return rows;
}

absl::Status ReadLabPart(const std::string& dir, const std::string& prefix, Part part,
                         std::vector<NamedGrade>* grades) {
  const std::string image_file = absl::StrCat(prefix, "_img.csv");
  const std::string label_file = absl::StrCat(prefix, "_label.csv");
  FOVEA_ASSIGN_OR_RETURN(const std::vector<CsvRow> images, ReadRows(dir, image_file, 1));
  FOVEA_ASSIGN_OR_RETURN(const std::vector<CsvRow> labels, ReadRows(dir, label_file, 1));
  if (images.size() != labels.size()) {
    return FieldError(label_file, absl::StrCat("has ", labels.size(), " rows, but ", image_file,
                                               " has ", images.size(), "; needed is a row each"));
  }
  for (size_t i = 0; i < images.size(); ++i) {
    const std::string where = absl::StrCat(label_file, " line ", labels[i].line);
    FOVEA_ASSIGN_OR_RETURN(const int32_t grade, ParseGrade(where, labels[i].fields[0]));
    grades->push_back({images[i].fields[0], grade, part,
                       absl::StrCat(image_file, " line ", images[i].line)});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<NamedGrade>> ReadTable(const std::string& dir, const std::string& file,
                                                  const std::string& name_column,
                                                  const std::string& grade_column) {
  FOVEA_ASSIGN_OR_RETURN(const std::vector<CsvRow> rows, ReadRows(dir, file, 2));
  const std::vector<std::string>& header = rows[0].fields;
  if (header[0] != name_column || header[1] != grade_column) {
    return FieldError(absl::StrCat(file, " line 1"),
                      absl::StrCat("needed is the header ", name_column, ",", grade_column));
  }
  std::vector<NamedGrade> grades;
  for (size_t i = 1; i < rows.size(); ++i) {
    const std::string where = absl::StrCat(file, " line ", rows[i].line);
    FOVEA_ASSIGN_OR_RETURN(const int32_t grade, ParseGrade(where, rows[i].fields[1]));
    grades.push_back({rows[i].fields[0], grade, Part::kTrain, where});
  }
  return grades;
}

absl::Status MissingError(const std::vector<std::string>& missing, size_t total) {
  std::vector<std::string> first(missing.begin(),
                                 missing.begin() + std::min(missing.size(), kNamesInErrors));
  for (std::string& name : first) name = absl::CHexEscape(name);
  return absl::InvalidArgumentError(absl::StrCat(
      missing.size(), " of ", total, " photographs are missing: ", absl::StrJoin(first, ", "),
      missing.size() > first.size() ? ", ..." : "",
      "; looked for .jpeg, .jpg and .png at any depth of the folder"));
}

absl::Status SeveralError(const NamedGrade& grade, const std::vector<std::string>& found) {
  return FieldError(grade.where,
                    absl::StrCat("\"", absl::CHexEscape(grade.name), "\" fits ", found.size(),
                                 " files, for instance ", absl::CHexEscape(found[0]), " and ",
                                 absl::CHexEscape(found[1]), "; needed is one"));
}

// Gives every named grade its file.
absl::StatusOr<std::vector<DatasetItem>> FindPhotographs(const std::string& dir,
                                                         const std::vector<NamedGrade>& grades) {
  FOVEA_ASSIGN_OR_RETURN(const PhotoFiles files, PhotoFiles::List(dir));
  std::vector<DatasetItem> items;
  std::vector<std::string> missing;
  absl::flat_hash_map<std::string, const NamedGrade*> by_path;
  for (const NamedGrade& grade : grades) {
    const std::vector<std::string> found = files.Find(grade.name);
    if (found.size() > 1) return SeveralError(grade, found);
    if (found.empty()) {
      missing.push_back(grade.name);
      continue;
    }
    const auto [known, is_new] = by_path.emplace(found[0], &grade);
    if (!is_new) {
      return FieldError(grade.where, absl::StrCat("\"", absl::CHexEscape(grade.name),
                                                  "\" was already named in ", known->second->where,
                                                  "; remove one of the two"));
    }
    items.push_back({.path = found[0],
                     .label = grade.grade,
                     .part = grade.part,
                     .patient = PatientOf(found[0])});
  }
  if (!missing.empty()) return MissingError(missing, grades.size());
  return items;
}

absl::StatusOr<ReadLayout> ReadTableLayout(const std::string& dir, const std::string& file,
                                           const std::string& name_column,
                                           const std::string& grade_column) {
  FOVEA_ASSIGN_OR_RETURN(const std::vector<NamedGrade> grades,
                         ReadTable(dir, file, name_column, grade_column));
  ReadLayout read;
  FOVEA_ASSIGN_OR_RETURN(read.items, FindPhotographs(dir, grades));
  return read;
}

// A train.csv of something else must not look like aptos.
bool HasHeader(const std::string& dir, const std::string& file, absl::string_view header) {
  const absl::StatusOr<std::string> text = ReadFileBeneath(dir, file, kMaxCsvBytes);
  if (!text.ok()) return false;
  absl::string_view line = *text;
  absl::ConsumePrefix(&line, "\xEF\xBB\xBF");
  std::string first(absl::StripAsciiWhitespace(line.substr(0, line.find('\n'))));
  first.erase(std::remove(first.begin(), first.end(), '"'), first.end());
  return first == header;
}

}  // namespace

bool HasLab(const std::string& dir) { return Exists(dir, "train_img.csv"); }
bool HasKaggle(const std::string& dir) { return Exists(dir, "trainLabels.csv"); }
bool HasAptos(const std::string& dir) { return HasHeader(dir, "train.csv", "id_code,diagnosis"); }

absl::StatusOr<ReadLayout> ReadLab(const std::string& dir) {
  std::vector<NamedGrade> grades;
  FOVEA_RETURN_IF_ERROR(ReadLabPart(dir, "train", Part::kTrain, &grades));
  ReadLayout read;
  read.has_test = Exists(dir, "test_img.csv") || Exists(dir, "test_label.csv");
  if (read.has_test) FOVEA_RETURN_IF_ERROR(ReadLabPart(dir, "test", Part::kTest, &grades));
  FOVEA_ASSIGN_OR_RETURN(read.items, FindPhotographs(dir, grades));
  return read;
}

absl::StatusOr<ReadLayout> ReadKaggle(const std::string& dir) {
  return ReadTableLayout(dir, "trainLabels.csv", "image", "level");
}

absl::StatusOr<ReadLayout> ReadAptos(const std::string& dir) {
  return ReadTableLayout(dir, "train.csv", "id_code", "diagnosis");
}

}  // namespace fovea
