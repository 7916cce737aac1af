#include "common/dataset/photo_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/status.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;

constexpr absl::string_view kExtensions[] = {".jpeg", ".jpg", ".png"};

absl::string_view FileName(absl::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == absl::string_view::npos ? path : path.substr(slash + 1);
}

// Whether the link at `relative` is a photograph beneath `dir`.
absl::StatusOr<bool> IsPhotoLink(const std::string& dir, const std::string& relative) {
  const absl::StatusOr<FileDescriptor> fd = OpenBeneath(dir, relative);
  if (!fd.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", absl::CHexEscape(relative),
                     "\" is a symbolic link that leads out of the folder or nowhere; copy the "
                     "files, or name the folder that it leads to"));
  }
  struct stat info;
  return fstat(fd->get(), &info) == 0 && S_ISREG(info.st_mode);
}

// Whether a link is of no interest whatever it leads to: neither a photograph nor a folder.
bool IsOtherLink(const fs::directory_entry& entry) {
  std::error_code error;
  return !IsPhotoPath(entry.path().string()) && !fs::is_directory(entry.path(), error);
}

}  // namespace

absl::string_view WithoutPhotoExtension(absl::string_view path) {
  for (const absl::string_view extension : kExtensions) {
    if (absl::EndsWithIgnoreCase(path, extension)) {
      return path.substr(0, path.size() - extension.size());
    }
  }
  return path;
}

bool IsPhotoPath(absl::string_view path) {
  return WithoutPhotoExtension(path).size() != path.size();
}

absl::StatusOr<PhotoFiles> PhotoFiles::List(const std::string& dir) {
  std::error_code error;
  std::vector<std::string> paths;
  fs::recursive_directory_iterator it(dir, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    const std::string path = it->path().string();
    if (absl::StartsWith(FileName(path), ".")) {
      it.disable_recursion_pending();
      continue;
    }
    const std::string relative = it->path().lexically_relative(dir).string();
    std::error_code type_error;
    if (it->is_symlink(type_error)) {
      if (IsOtherLink(*it)) continue;
      FOVEA_ASSIGN_OR_RETURN(const bool is_photo, IsPhotoLink(dir, relative));
      if (is_photo) paths.push_back(relative);
    } else if (it->is_regular_file(type_error) && IsPhotoPath(path)) {
      paths.push_back(relative);
    }
  }
  if (error) return ErrnoStatus(error.value(), dir);
  std::sort(paths.begin(), paths.end());
  return PhotoFiles(std::move(paths));
}

PhotoFiles::PhotoFiles(std::vector<std::string> paths) : paths_(std::move(paths)) {
  for (size_t i = 0; i < paths_.size(); ++i) {
    by_stem_[FileName(WithoutPhotoExtension(paths_[i]))].push_back(i);
  }
}

std::vector<std::string> PhotoFiles::Find(absl::string_view name) const {
  const absl::string_view stem = WithoutPhotoExtension(name);
  std::vector<std::string> found;
  const auto entry = by_stem_.find(FileName(stem));
  if (entry == by_stem_.end()) return found;
  for (const size_t index : entry->second) {
    const std::string& path = paths_[index];
    // With its extension a name means that file alone.
    const absl::string_view own = stem.size() == name.size() ? WithoutPhotoExtension(path) : path;
    if (own == name || absl::EndsWith(own, absl::StrCat("/", name))) found.push_back(path);
  }
  return found;
}

}  // namespace fovea
