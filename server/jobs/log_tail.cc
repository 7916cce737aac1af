#include "server/jobs/log_tail.h"

#include <algorithm>
#include <fstream>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace fovea {
namespace {
constexpr std::streamoff kMaxBytes = 4000;
}  // namespace

std::string LogTail(const std::string& path, int lines) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return "";
  const std::streamoff size = file.tellg();
  const std::streamoff take = std::min(size, kMaxBytes);
  std::string text(static_cast<size_t>(std::max<std::streamoff>(take, 0)), '\0');
  file.seekg(size - take);
  file.read(text.data(), take);
  text.resize(static_cast<size_t>(file.gcount()));
  for (char& c : text) {
    if (c == '\t') c = ' ';
    if (c != '\n' && !absl::ascii_isprint(c)) c = '?';
  }
  std::vector<std::string> all = absl::StrSplit(text, '\n', absl::SkipEmpty());
  const size_t skip = all.size() > static_cast<size_t>(lines) ? all.size() - lines : 0;
  return absl::StrJoin(all.begin() + skip, all.end(), "\n");
}

}  // namespace fovea
