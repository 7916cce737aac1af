// The photographs beneath a folder, and finding one by the name that a csv gives.
#pragma once

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace fovea {

// The path without .jpeg, .jpg or .png in any case; unchanged when it has none of them.
absl::string_view WithoutPhotoExtension(absl::string_view path);
bool IsPhotoPath(absl::string_view path);

// A list made once. Immutable; thread-safe.
class PhotoFiles {
 public:
  // Lists .jpeg, .jpg and .png files at any depth beneath `dir`, sorted by path. Hidden files and
  // folders (".x") are skipped. A symbolic link to a photograph beneath `dir` counts as one; a link
  // to a folder beneath `dir` is not followed, since its files are listed where they are. Links
  // that lead out of `dir`, or nowhere: INVALID_ARGUMENT.
  static absl::StatusOr<PhotoFiles> List(const std::string& dir);

  // Relative to `dir`.
  const std::vector<std::string>& paths() const { return paths_; }

  // The photograph with this file name, with or without extension, or with this path when `name`
  // has slashes. Nothing, one or several.
  std::vector<std::string> Find(absl::string_view name) const;

 private:
  explicit PhotoFiles(std::vector<std::string> paths);

  std::vector<std::string> paths_;
  absl::flat_hash_map<std::string, std::vector<size_t>> by_stem_;  // Indices into paths_.
};

}  // namespace fovea
