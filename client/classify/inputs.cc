#include "client/classify/inputs.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/display/text.h"
#include "common/base/file.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

namespace fs = std::filesystem;

// The server's limit is lower; this only keeps a wrong file from filling memory.
constexpr int64_t kMaxBytes = 78 << 20;

bool IsPhotograph(const fs::path& path) {
  const std::string extension = absl::AsciiStrToLower(path.extension().string());
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png";
}

absl::StatusOr<std::vector<std::string>> ListFolder(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  fs::recursive_directory_iterator it(folder, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored) && IsPhotograph(it->path())) {
      files.push_back(it->path().string());
    }
  }
  if (error) return absl::InternalError(absl::StrCat(Printable(folder), ": ", error.message()));
  if (files.empty()) {
    return FieldError(Printable(folder), "no .jpg, .jpeg or .png files in this folder");
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ExpandInputs(const std::vector<std::string>& arguments) {
  std::vector<std::string> inputs;
  if (std::count(arguments.begin(), arguments.end(), "-") > 1) {
    return FieldError("-", "stdin can be read only once");
  }
  for (const std::string& argument : arguments) {
    std::error_code error;
    if (argument != "-" && !fs::exists(argument, error)) {
      return absl::NotFoundError(absl::StrCat(Printable(argument), ": no such file or folder"));
    }
    if (argument != "-" && fs::is_directory(argument, error)) {
      FOVEA_ASSIGN_OR_RETURN(const std::vector<std::string> files, ListFolder(argument));
      inputs.insert(inputs.end(), files.begin(), files.end());
    } else {
      inputs.push_back(argument);
    }
  }
  return inputs;
}

absl::StatusOr<std::string> ReadInput(const std::string& input) {
  if (input != "-") return ReadFile(input, kMaxBytes);
  return std::string(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
}

}  // namespace fovea::client
