#include "common/preprocess/fundus.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "common/preprocess/warp.h"

namespace fovea {
namespace {

constexpr int kShortSide = 96;     // Cells along the shorter side of what is looked at.
constexpr int kSamples = 4;        // Of a cell, along each side, at most.
constexpr double kMinEdge = 0.35;  // Field::edge_share.
constexpr double kClearEdge = 0.6;  // From here on no other contrast is tried.
constexpr double kMinVisible = 0.4;
constexpr double kMaxBrightOutside = 0.03;  // Of all bright cells.
constexpr double kBrightLevel = 0.5;        // Between the darkest and the brightest cells.
constexpr double kBrightestRank = 0.995;
constexpr double kDarkLevel = 0.3;  // Of the brightest cells.
constexpr double kSmallShare = 0.6;  // Of the picture's area: a smaller part is looked at closely.
constexpr double kMargin = 0.01;            // Of the radius.

// A thousand times the luminance.
int64_t Luma(ImageView image, int64_t x, int64_t y) {
  const uint8_t* const pixel = image.rgb + (y * image.width + x) * 3;
  return 299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2];
}

// Cells of equal size, whose corners may lie within pixels.
Plane ExactCells(ImageView image, int columns, int rows) {
  const auto place = [](int cell, int sample, int side, int cells) {
    return (2 * (int64_t{kSamples} * cell + sample) + 1) * side / (2 * int64_t{kSamples} * cells);
  };
  Plane plane(columns, rows);
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      int64_t sum = 0;
      for (int i = 0; i < kSamples * kSamples; ++i) {
        sum += Luma(image, place(column, i % kSamples, image.width, columns),
                    place(row, i / kSamples, image.height, rows));
      }
      plane.At(column, row) = static_cast<float>(sum) / (1000 * kSamples * kSamples);
    }
  }
  return plane;
}

// Luminance in cells of about equal size, each the mean of a few pixels spread over it, so that
// single noisy pixels do not count.
Plane Cells(ImageView image, int columns, int rows, bool exact) {
  if (exact) return ExactCells(image, columns, rows);
  Plane plane(columns, rows);
  for (int row = 0; row < rows; ++row) {
    const int64_t top = static_cast<int64_t>(row) * image.height / rows;
    const int64_t bottom = std::max(top + 1, (row + int64_t{1}) * image.height / rows);
    for (int column = 0; column < columns; ++column) {
      const int64_t left = static_cast<int64_t>(column) * image.width / columns;
      const int64_t right = std::max(left + 1, (column + int64_t{1}) * image.width / columns);
      const int64_t down = std::min<int64_t>(kSamples, bottom - top);
      const int64_t across = std::min<int64_t>(kSamples, right - left);
      int64_t sum = 0;
      for (int64_t i = 0; i < down; ++i) {
        const int64_t y = top + (2 * i + 1) * (bottom - top) / (2 * down);
        for (int64_t j = 0; j < across; ++j) {
          const int64_t x = left + (2 * j + 1) * (right - left) / (2 * across);
          sum += Luma(image, x, y);
        }
      }
      plane.At(column, row) = static_cast<float>(sum) / static_cast<float>(1000 * down * across);
    }
  }
  return plane;
}

// The share of the bright cells that are outside the disc.
double BrightOutside(const Plane& cells, const Field& field) {
  const double dark = Quantile(cells.value, 0.02);
  const double level = dark + kBrightLevel * (Quantile(cells.value, 0.9) - dark);
  int bright = 0;
  int outside = 0;
  for (int y = 0; y < cells.height; ++y) {
    for (int x = 0; x < cells.width; ++x) {
      if (cells.At(x, y) <= level) continue;
      ++bright;
      outside += !field.Contains(x + 0.5, y + 0.5, 1 + 2 * kMargin);
    }
  }
  return bright == 0 ? 0 : static_cast<double>(outside) / bright;
}

// Around the cells that are not dark, with a margin of a sixth of its sides; the whole plane where
// all are.
Window BrightBox(const Plane& cells) {
  const double level = kDarkLevel * Quantile(cells.value, kBrightestRank);
  int left = cells.width, right = -1, top = cells.height, bottom = -1;
  for (int y = 0; y < cells.height; ++y) {
    for (int x = 0; x < cells.width; ++x) {
      if (cells.At(x, y) <= level) continue;
      left = std::min(left, x);
      right = std::max(right, x);
      top = std::min(top, y);
      bottom = std::max(bottom, y);
    }
  }
  if (right < 0) return {0, 0, cells.width, cells.height};
  const int across = (right - left) / 6 + 1, down = (bottom - top) / 6 + 1;
  left = std::max(0, left - across);
  top = std::max(0, top - down);
  return {left, top, std::min(cells.width, right + 1 + across) - left,
          std::min(cells.height, bottom + 1 + down) - top};
}

// A window of columns x rows cells in pixels of the picture.
Window InPixels(const Window& cells, int columns, int rows, ImageView image) {
  const auto scaled = [](int value, int from, int to) {
    return static_cast<int>(int64_t{value} * to / from);
  };
  const int left = scaled(cells.left, columns, image.width);
  const int top = scaled(cells.top, rows, image.height);
  return {left, top, scaled(cells.left + cells.width, columns, image.width) - left,
          scaled(cells.top + cells.height, rows, image.height) - top};
}

// Squares, scaled to 0..255: what is dim but not dark, such as a noisy surround, moves towards the
// dark.
Plane Squared(const Plane& plane) {
  Plane squared = plane;
  for (float& value : squared.value) value = value * value / 255;
  return squared;
}

// The disc in `plane`, unless `cells`, the luminance, contradicts it; then none.
Field FieldOf(const Plane& plane, const Plane& cells) {
  const Field field = FindField(plane);
  const bool is_fundus = field.found() && field.edge_share >= kMinEdge &&
                         field.visible_share >= kMinVisible &&
                         BrightOutside(cells, field) <= kMaxBrightOutside;
  return is_fundus ? field : Field();
}

// The bounding box of the disc, in a picture of that size.
Window WindowAround(const Field& field, int width, int height) {
  const Window whole = {0, 0, width, height};
  if (!field.found()) return whole;
  const double reach = field.radius * (1 + kMargin);
  const auto low = [&](double centre, int side) {
    return static_cast<int>(std::clamp(std::floor(centre - reach), 0.0, side - 1.0));
  };
  const auto high = [&](double centre, int side) {
    return static_cast<int>(std::clamp(std::ceil(centre + reach), 1.0, side * 1.0));
  };
  Window window;
  window.left = low(field.x, width);
  window.top = low(field.y, height);
  window.width = high(field.x, width) - window.left;
  window.height = high(field.y, height) - window.top;
  return window.width > 0 && window.height > 0 ? window : whole;
}

}  // namespace

Field FindFundus(ImageView image, bool exact) {
  const int side = std::min(image.width, image.height);
  const double scale = std::min(1.0, static_cast<double>(kShortSide) / side);
  const int columns = std::max(1, static_cast<int>(std::lround(image.width * scale)));
  const int rows = std::max(1, static_cast<int>(std::lround(image.height * scale)));
  const Plane cells = Cells(image, columns, rows, exact);
  const Window inner = InPixels(BrightBox(cells), columns, rows, image);
  if (1.0 * inner.width * inner.height < kSmallShare * image.width * image.height) {
    Field field = FindFundus(CutWindow(image, inner), exact);
    field.x += inner.left;
    field.y += inner.top;
    return field;
  }
  Field best = FieldOf(cells, cells);
  if (best.edge_share < kClearEdge) {
    const Field other = FieldOf(Squared(cells), cells);
    if (other.edge_share > best.edge_share) best = other;
  }
  return best.ScaledBy(static_cast<double>(side) / std::min(columns, rows));
}

Window FundusWindow(ImageView image) {
  return WindowAround(FindFundus(image), image.width, image.height);
}

Window FundusWindow(const DecodedImage& decoded) {
  if (decoded.divisor == 1) return FundusWindow(decoded.image);
  Field field = FindFundus(decoded.image, /*exact=*/true);
  field.x -= decoded.left;
  field.y -= decoded.top;
  return WindowAround(field.ScaledBy(decoded.divisor), decoded.width, decoded.height);
}

}  // namespace fovea
