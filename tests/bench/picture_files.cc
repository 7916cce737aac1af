#include "tests/bench/picture_files.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/preprocess/preprocess.h"

namespace fovea {

absl::StatusOr<std::vector<std::string>> PicturesBeneath(const std::string& folder, int every,
                                                         int first) {
  static const std::set<std::string> kExtensions = {".jpeg", ".jpg", ".JPEG", ".png"};
  std::vector<std::string> all, chosen;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    if (kExtensions.contains(it->path().extension())) all.push_back(it->path());
  }
  if (error) return absl::InvalidArgumentError(absl::StrCat(folder, ": ", error.message()));
  std::sort(all.begin(), all.end());
  for (size_t i = first; i < all.size(); i += every) chosen.push_back(all[i]);
  return chosen;
}

absl::StatusOr<std::vector<std::string>> PicturesOfList(const std::string& folder,
                                                        const std::string& list) {
  FOVEA_ASSIGN_OR_RETURN(const std::string text, ReadFile(list));
  std::vector<std::string> paths;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipWhitespace())) {
    paths.push_back(absl::StrCat(folder, "/", absl::StripAsciiWhitespace(line), ".jpeg"));
  }
  return paths;
}

absl::StatusOr<Image> LoadPicture(const std::string& path) {
  FOVEA_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  return LoadImage(bytes, {}, {});
}

}  // namespace fovea
