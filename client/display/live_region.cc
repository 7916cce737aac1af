#include "client/display/live_region.h"

#include "absl/strings/str_cat.h"
#include "client/display/text.h"

namespace fovea::client {

// The cursor rests at the start of the line below the region.
std::string LiveRegion::Erase() {
  if (height_ == 0) return "";
  std::string text = absl::StrCat("\r\x1b[", height_, "A\x1b[J");
  height_ = 0;
  return text;
}

std::string LiveRegion::Draw(absl::string_view permanent, const std::vector<std::string>& lines,
                             int width) {
  std::string text = absl::StrCat(Erase(), permanent);
  for (const std::string& line : lines) absl::StrAppend(&text, Clip(line, width), "\n");
  height_ = static_cast<int>(lines.size());
  return text;
}

}  // namespace fovea::client
