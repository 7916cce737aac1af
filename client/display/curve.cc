#include "client/display/curve.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace fovea::client {
namespace {

// Dots, row 0 at the top.
class Canvas {
 public:
  Canvas(int columns, int rows) : columns_(columns), rows_(rows), dots_(columns * rows, false) {}

  void Set(int x, int y) {
    if (x >= 0 && x < columns_ && y >= 0 && y < rows_) dots_[y * columns_ + x] = true;
  }
  bool Get(int x, int y) const { return dots_[y * columns_ + x]; }

  // A straight line between two dots.
  void Line(int x0, int y0, int x1, int y1) {
    const int steps = std::max({std::abs(x1 - x0), std::abs(y1 - y0), 1});
    for (int i = 0; i <= steps; ++i) {
      const double t = static_cast<double>(i) / steps;
      Set(static_cast<int>(std::lround(x0 + t * (x1 - x0))),
          static_cast<int>(std::lround(y0 + t * (y1 - y0))));
    }
  }

 private:
  int columns_;
  int rows_;
  std::vector<bool> dots_;
};

// The braille pattern of the 2 by 4 dots whose top left is (x, y), in UTF-8.
std::string Braille(const Canvas& canvas, int x, int y) {
  constexpr std::array<std::array<int, 4>, 2> kBits = {{{0x01, 0x02, 0x04, 0x40},
                                                        {0x08, 0x10, 0x20, 0x80}}};
  int bits = 0;
  for (int dx = 0; dx < 2; ++dx) {
    for (int dy = 0; dy < 4; ++dy) bits |= canvas.Get(x + dx, y + dy) ? kBits[dx][dy] : 0;
  }
  const int code = 0x2800 + bits;
  return {static_cast<char>(0xE0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3F)),
          static_cast<char>(0x80 | (code & 0x3F))};
}

struct Range {
  double low;
  double high;
};

Range VerticalRange(const CurveData& data) {
  Range range{1, 0};
  for (const double value : data.values) {
    if (std::isnan(value)) continue;
    range.low = std::min(range.low, value);
    range.high = std::max(range.high, value);
  }
  if (data.baseline > 0) {
    range.low = std::min(range.low, data.baseline);
    range.high = std::max(range.high, data.baseline);
  }
  // Whole hundredths with some air, so that the axis does not jump at every epoch.
  range.low = std::max(0.0, std::floor(range.low * 20) / 20);
  range.high = std::min(1.0, std::ceil(range.high * 20) / 20);
  if (range.high - range.low < 0.05) range.low = std::max(0.0, range.high - 0.05);
  return range;
}

}  // namespace

std::vector<std::string> RenderCurve(const CurveData& data, int width, int height,
                                     const Style& style) {
  const bool any = std::any_of(data.values.begin(), data.values.end(),
                               [](double value) { return !std::isnan(value); });
  if (!any || width < 1 || height < 1) return {};
  const int dots_x = style.utf8 ? 2 : 1;
  const int dots_y = style.utf8 ? 4 : 1;
  const int columns = width * dots_x;
  const int rows = height * dots_y;
  const Range range = VerticalRange(data);
  const int epochs = std::max<int>(data.epochs, static_cast<int>(data.values.size()));
  const auto x_of = [&](int epoch) {
    return epochs <= 1 ? 0 : static_cast<int>(std::lround(1.0 * epoch * (columns - 1) / (epochs - 1)));
  };
  const auto y_of = [&](double value) {
    return static_cast<int>(
        std::lround((range.high - value) / (range.high - range.low) * (rows - 1)));
  };

  Canvas curve(columns, rows);
  Canvas baseline(columns, rows);
  for (int x = 0; data.baseline > 0 && x < columns; x += dots_x * 2) {
    baseline.Set(x, y_of(data.baseline));
  }
  int previous = -1;
  for (int i = 0; i < static_cast<int>(data.values.size()); ++i) {
    if (std::isnan(data.values[i])) continue;
    const int from = previous < 0 ? i : previous;
    curve.Line(x_of(from), y_of(data.values[from]), x_of(i), y_of(data.values[i]));
    previous = i;
  }

  const auto cell = [&](int column, int row) -> std::string {
    const int x = column * dots_x;
    const int y = row * dots_y;
    if (!style.utf8) return curve.Get(x, y) ? "*" : baseline.Get(x, y) ? "-" : " ";
    const std::string empty = "\u2800";
    const std::string drawn = Braille(curve, x, y);
    if (drawn != empty) return style.Green(drawn);
    const std::string dotted = Braille(baseline, x, y);
    return dotted != empty ? style.Dim(dotted) : " ";
  };
  std::vector<std::string> lines;
  for (int row = 0; row < height; ++row) {
    std::string label = "     ";
    if (row == 0) label = absl::StrFormat("%5.2f", range.high);
    if (row == height - 1) label = absl::StrFormat("%5.2f", range.low);
    std::string line = absl::StrCat(style.Dim(label), style.utf8 ? " │" : " |");
    for (int column = 0; column < width; ++column) absl::StrAppend(&line, cell(column, row));
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace fovea::client
