#include "client/classify/labels.h"

#include <filesystem>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/display/text.h"
#include "common/base/file.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

constexpr int64_t kMaxCsvBytes = 256 << 20;

// Only these endings are taken off, so that names with dots keep theirs.
std::string Stem(const std::string& name) {
  const std::filesystem::path path(name);
  const std::string extension = absl::AsciiStrToLower(path.extension().string());
  const bool known = extension == ".jpg" || extension == ".jpeg" || extension == ".png";
  return known ? path.stem().string() : path.filename().string();
}

absl::StatusOr<std::vector<std::string>> ReadLines(const std::string& path) {
  FOVEA_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxCsvBytes));
  std::vector<std::string> lines;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const absl::string_view stripped = absl::StripAsciiWhitespace(line);
    if (!stripped.empty()) lines.emplace_back(stripped);
  }
  return lines;
}

}  // namespace

absl::Status Labels::Add(const std::string& file, int line, const std::string& name,
                         const std::string& grade) {
  const std::string where = absl::StrCat(Printable(file), " line ", line);
  int value = 0;
  if (!absl::SimpleAtoi(grade, &value) || value < 0) {
    return FieldError(where, absl::StrCat("'", Printable(grade), "' is not a grade"));
  }
  const auto [it, added] = grades_.try_emplace(Stem(name), value);
  if (!added && it->second != value) {
    return FieldError(where, absl::StrCat(Printable(name), " has two grades"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Labels> Labels::FromCsv(const std::string& path) {
  FOVEA_ASSIGN_OR_RETURN(const std::vector<std::string> lines, ReadLines(path));
  Labels labels;
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::vector<std::string> cells = absl::StrSplit(lines[i], ',');
    const int line = static_cast<int>(i) + 1;
    int ignored = 0;
    if (cells.size() < 2) return FieldError(absl::StrCat(path, " line ", line), "not `name,grade`");
    if (i == 0 && !absl::SimpleAtoi(cells[1], &ignored)) continue;
    FOVEA_RETURN_IF_ERROR(labels.Add(path, line, cells[0], cells[1]));
  }
  return labels;
}

absl::StatusOr<Labels> Labels::FromLabCsvs(const std::string& names, const std::string& grades) {
  FOVEA_ASSIGN_OR_RETURN(const std::vector<std::string> name_lines, ReadLines(names));
  FOVEA_ASSIGN_OR_RETURN(const std::vector<std::string> grade_lines, ReadLines(grades));
  if (name_lines.size() != grade_lines.size()) {
    return FieldError(grades, absl::StrCat("has ", grade_lines.size(), " lines, ", names, " has ",
                                           name_lines.size()));
  }
  Labels labels;
  for (size_t i = 0; i < name_lines.size(); ++i) {
    FOVEA_RETURN_IF_ERROR(
        labels.Add(grades, static_cast<int>(i) + 1, name_lines[i], grade_lines[i]));
  }
  return labels;
}

std::optional<int> Labels::Of(const std::string& file) const {
  const auto it = grades_.find(Stem(file));
  if (it == grades_.end()) return std::nullopt;
  return it->second;
}

}  // namespace fovea::client
