// Numbers, names and order of classes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace fovea {

// The most classes that a data set may have.
inline constexpr int kMaxClasses = 1000;

// Grades of the ICDR scale, 0 to 4. A data set of as many classes is taken to have these.
inline constexpr int kGradeCount = 5;

// A grade as csvs write it: digits, 0 .. kMaxClasses - 1. `where` names file and line.
absl::StatusOr<int32_t> ParseGrade(absl::string_view where, absl::string_view text);

// The names for `num_classes` numbered classes: the five grades for five, otherwise the numbers.
std::vector<std::string> NumberedClassNames(int num_classes);

// Whether names are "0", "1", ... in some order.
bool AreNumbers(const std::vector<std::string>& names);

// Orders the names of class folders: numbers by value; the five ICDR grades by severity, whatever
// their spelling ("No_DR", "Proliferate_DR"); otherwise by the alphabet.
void SortClasses(std::vector<std::string>* names);

// OK for at least two names, not empty, without repeats.
absl::Status ValidateClassNames(const std::vector<std::string>& names);

}  // namespace fovea
