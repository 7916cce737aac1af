#include "client/display/bar.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace fovea::client {
namespace {

constexpr std::array<const char*, 8> kEighthsWide = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
constexpr std::array<const char*, 8> kEighthsTall = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

// 0..1; NaN gives 0.
double Share(double value) { return value > 0 ? std::min(value, 1.0) : 0.0; }

}  // namespace

std::string RenderBar(double fraction, int width, const Style& style) {
  // Rounded down, so that a full bar means done.
  const int eighths = static_cast<int>(Share(fraction) * width * 8);
  const int full = eighths / 8;
  std::string bar;
  for (int i = 0; i < full; ++i) absl::StrAppend(&bar, style.utf8 ? "█" : "#");
  int used = full;
  if (style.utf8 && eighths % 8 > 0) {
    absl::StrAppend(&bar, kEighthsWide[eighths % 8]);
    ++used;
  }
  std::string rest;
  for (int i = used; i < width; ++i) absl::StrAppend(&rest, style.utf8 ? "░" : ".");
  return absl::StrCat(style.Cyan(bar), style.Dim(rest));
}

std::string RenderSparkline(const std::vector<double>& values, const Style& style) {
  std::string line;
  for (const double value : values) {
    const double share = Share(value);
    if (style.utf8) {
      absl::StrAppend(&line, kEighthsTall[std::min<int>(std::lround(share * 7), 7)]);
    } else {
      absl::StrAppend(&line, std::min<int>(static_cast<int>(share * 10), 9));
    }
  }
  return line;
}

}  // namespace fovea::client
