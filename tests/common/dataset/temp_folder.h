// A folder for one test, with files that the test writes.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/file.h"

namespace fovea {

// Makes an empty folder, and removes it with all it holds.
class TempFolder {
 public:
  TempFolder() {
    const absl::StatusOr<std::string> made = MakeTempDir("fovea-test");
    if (!made.ok()) std::abort();
    path_ = *made;
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& relative) const { return JoinPath(path_, relative); }

  // Writes a file, and makes the folders that it is in.
  void Write(const std::string& relative, const std::string& content) const {
    const std::filesystem::path file = *this / relative;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
  }
  void Link(const std::string& target, const std::string& relative) const {
    const std::filesystem::path file = *this / relative;
    std::filesystem::create_directories(file.parent_path());
    std::filesystem::create_symlink(target, file);
  }

 private:
  std::string path_;
};

}  // namespace fovea
