#include "client/display/text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace fovea::client {
namespace {

// Length in bytes of the colour sequence or the code point at the front of `text`.
struct Unit {
  size_t bytes;
  bool visible;
};

Unit NextUnit(absl::string_view text) {
  if (text[0] == '\x1b') {
    const size_t end = text.find('m');
    return {end == absl::string_view::npos ? text.size() : end + 1, false};
  }
  size_t bytes = 1;
  while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) ++bytes;
  return {bytes, true};
}

std::string Spaces(int count) { return std::string(std::max(count, 0), ' '); }

}  // namespace

int DisplayWidth(absl::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const Unit unit = NextUnit(text);
    width += unit.visible ? 1 : 0;
    text.remove_prefix(unit.bytes);
  }
  return width;
}

std::string PadRight(absl::string_view text, int width) {
  return absl::StrCat(text, Spaces(width - DisplayWidth(text)));
}

std::string PadLeft(absl::string_view text, int width) {
  return absl::StrCat(Spaces(width - DisplayWidth(text)), text);
}

std::string Clip(absl::string_view text, int width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  std::string clipped;
  bool coloured = false;
  for (int used = 0; used < width;) {
    const Unit unit = NextUnit(text);
    absl::StrAppend(&clipped, text.substr(0, unit.bytes));
    text.remove_prefix(unit.bytes);
    coloured = coloured || !unit.visible;
    used += unit.visible ? 1 : 0;
  }
  if (coloured) absl::StrAppend(&clipped, "\x1b[0m");
  return clipped;
}

std::string Printable(absl::string_view text, bool keep_line_breaks) {
  std::string printable;
  for (size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = text[i];
    const bool keep = keep_line_breaks && c == '\n';
    // U+0080..U+009F, control characters too, are C2 80 .. C2 9F in UTF-8.
    const bool c1 = c == 0xC2 && i + 1 < text.size() &&
                    static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c1) {
      absl::StrAppendFormat(&printable, "\\x%02x", static_cast<unsigned char>(text[++i]));
    } else if (!keep && (c < 0x20 || c == 0x7F)) {
      absl::StrAppendFormat(&printable, "\\x%02x", c);
    } else {
      printable.push_back(text[i]);
    }
  }
  return printable;
}

}  // namespace fovea::client
