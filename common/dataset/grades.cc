#include "common/dataset/grades.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace fovea {
namespace {

constexpr absl::string_view kGrades[] = {"No DR", "Mild", "Moderate", "Severe", "Proliferative DR"};

bool IsNumber(absl::string_view text) {
  return !text.empty() && text.size() <= 9 &&
         std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isdigit(c); });
}

int64_t NumberOf(absl::string_view text) {
  int64_t value = -1;
  return absl::SimpleAtoi(text, &value) ? value : -1;
}

// The grade that a folder's name means, or -1: letters only, without "dr" and "npdr".
int GradeOf(absl::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (absl::ascii_isalpha(c)) letters.push_back(absl::ascii_tolower(c));
  }
  if (letters == "nodr" || letters == "normal" || letters == "none") return 0;
  if (absl::StartsWith(letters, "mild")) return 1;
  if (absl::StartsWith(letters, "moderate")) return 2;
  if (absl::StartsWith(letters, "severe")) return 3;
  if (absl::StartsWith(letters, "prolifer")) return 4;
  return -1;
}

bool AreGrades(const std::vector<std::string>& names) {
  absl::flat_hash_set<int> grades;
  for (const std::string& name : names) grades.insert(GradeOf(name));
  return names.size() == kGradeCount && grades.size() == kGradeCount && !grades.contains(-1);
}

}  // namespace

absl::StatusOr<int32_t> ParseGrade(absl::string_view where, absl::string_view text) {
  if (!IsNumber(text) || NumberOf(text) >= kMaxClasses) {
    return FieldError(where, absl::StrCat("\"", absl::CHexEscape(text.substr(0, 40)),
                                          "\" is not a grade; allowed are whole numbers from 0 to ",
                                          kMaxClasses - 1));
  }
  return static_cast<int32_t>(NumberOf(text));
}

std::vector<std::string> NumberedClassNames(int num_classes) {
  if (num_classes == kGradeCount) return {std::begin(kGrades), std::end(kGrades)};
  std::vector<std::string> names;
  for (int i = 0; i < num_classes; ++i) names.push_back(absl::StrCat(i));
  return names;
}

bool AreNumbers(const std::vector<std::string>& names) {
  absl::flat_hash_set<std::string> set(names.begin(), names.end());
  for (size_t i = 0; i < names.size(); ++i) {
    if (!set.contains(absl::StrCat(i))) return false;
  }
  return true;
}

void SortClasses(std::vector<std::string>* names) {
  std::sort(names->begin(), names->end());
  if (std::all_of(names->begin(), names->end(), IsNumber)) {
    std::stable_sort(names->begin(), names->end(), [](const std::string& a, const std::string& b) {
      return NumberOf(a) < NumberOf(b);
    });
  } else if (AreGrades(*names)) {
    std::sort(names->begin(), names->end(), [](const std::string& a, const std::string& b) {
      return GradeOf(a) < GradeOf(b);
    });
  }
}

absl::Status ValidateClassNames(const std::vector<std::string>& names) {
  if (names.size() < 2 || names.size() > kMaxClasses) {
    return FieldError("class_names", absl::StrCat(names.size(), " classes; allowed are 2 to ",
                                                  kMaxClasses));
  }
  absl::flat_hash_set<std::string> seen;
  for (const std::string& name : names) {
    if (name.empty() || name.size() > 100) {
      return FieldError("class_names", "a name must have 1 to 100 bytes");
    }
    if (!seen.insert(name).second) {
      return FieldError("class_names",
                        absl::StrCat("\"", absl::CHexEscape(name), "\" is repeated"));
    }
  }
  return absl::OkStatus();
}

}  // namespace fovea
