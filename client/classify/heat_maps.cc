#include "client/classify/heat_maps.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/display/text.h"
#include "common/base/file.h"
#include "common/base/status.h"

namespace fovea::client {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxStemBytes = 200;

bool LiesIn(const std::string& dir, const std::string& folder) {
  std::error_code error;
  const fs::path inner = fs::weakly_canonical(dir, error);
  const fs::path outer = fs::canonical(folder, error);
  return !error && std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first ==
                       outer.end();
}

// ALREADY_EXISTS where there is something of that name, a dangling link included; leaves nothing
// half-written.
absl::Status WriteNewFile(const std::string& path, const std::string& content) {
  const FileDescriptor fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
  if (!fd.valid()) return ErrnoStatus(errno, path);
  const absl::Status status = WriteAll(fd.get(), content, path);
  if (!status.ok()) unlink(path.c_str());
  return status;
}

bool HasContent(const std::string& path, const std::string& content) {
  const absl::StatusOr<std::string> there = ReadFile(path, static_cast<int64_t>(content.size()));
  return there.ok() && *there == content;
}

}  // namespace

std::string HeatMapStem(const std::string& input) {
  if (input == "-") return "stdin";
  const fs::path path(input);
  const std::string extension = absl::AsciiStrToLower(path.extension().string());
  const bool known = extension == ".jpg" || extension == ".jpeg" || extension == ".png";
  std::string stem = known ? path.stem().string() : path.filename().string();
  for (char& c : stem) {
    const bool unwanted = absl::ascii_iscntrl(c) || c == '/' || c == '\\' || c == ':';
    if (unwanted) c = '_';
  }
  if (stem.empty() || stem[0] == '.') stem.insert(0, "_");
  size_t length = std::min(stem.size(), kMaxStemBytes);
  // Not in the middle of a character.
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
  while (length < stem.size() && continues(stem[length])) --length;
  stem.resize(length);
  return stem;
}

absl::StatusOr<HeatMapFolder> HeatMapFolder::Open(const std::string& dir,
                                                  const std::vector<std::string>& inputs) {
  for (const std::string& input : inputs) {
    std::error_code error;
    if (!fs::is_directory(input, error) || !LiesIn(dir, input)) continue;
    return FieldError("--explain", absl::StrCat(Printable(dir), " lies in ", Printable(input),
                                                ", whose pictures are photographs to classify: "
                                                "name a folder elsewhere"));
  }
  FOVEA_RETURN_IF_ERROR(MakeDirs(dir));
  return HeatMapFolder(dir);
}

absl::StatusOr<std::string> HeatMapFolder::Take(const std::string& input,
                                                v1::ClassifyResponse* answer) {
  const std::string picture = std::move(*answer->mutable_explanation());
  answer->clear_explanation();
  if (picture.empty()) return "";
  const std::string stem = HeatMapStem(input);
  for (int& number = taken_[stem];;) {
    ++number;
    const std::string name = number == 1 ? stem : absl::StrCat(stem, "-", number);
    const std::string path = JoinPath(dir_, absl::StrCat(name, ".png"));
    const absl::Status status = WriteNewFile(path, picture);
    if (status.ok() || (absl::IsAlreadyExists(status) && HasContent(path, picture))) return path;
    if (!absl::IsAlreadyExists(status)) return status;
  }
}

}  // namespace fovea::client
