// True grades of photographs, from csv files.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace fovea::client {

// Grades by the stem of the file name ("10_left" for "images/10_left.jpeg").
class Labels {
 public:
  // One file of lines `name,grade`; a first line whose grade is not a number is a header.
  static absl::StatusOr<Labels> FromCsv(const std::string& path);
  // Two files of equal length, names and grades, without a header.
  static absl::StatusOr<Labels> FromLabCsvs(const std::string& names, const std::string& grades);

  std::optional<int> Of(const std::string& file) const;

 private:
  absl::Status Add(const std::string& file, int line, const std::string& name,
                   const std::string& grade);

  std::map<std::string, int> grades_;
};

}  // namespace fovea::client
