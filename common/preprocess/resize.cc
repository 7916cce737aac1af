#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/preprocess/codec.h"
#include "common/preprocess/preprocess.h"
#include "common/preprocess/resample.h"
#include "common/preprocess/warp.h"

namespace fovea {
namespace {

// A picture of 1 x 65,000 pixels would become one of 256 x 16,640,000.
constexpr int64_t kMaxAspectRatio = 16;

struct Size {
  int width = 0;
  int height = 0;
};

// What becomes of a picture of that size.
absl::StatusOr<Size> Resized(int width, int height, int short_side) {
  const int64_t shorter = std::min(width, height);
  const int64_t longer = std::max(width, height);
  if (shorter < 1) return RefuseDamaged(Refusal::kCorrupt);
  if (longer > shorter * kMaxAspectRatio) {
    return Refuse(Refusal::kUnsupportedFormat,
                  absl::StrCat("the longer side is more than ", kMaxAspectRatio,
                               " times the shorter; send a photograph of a fundus"));
  }
  const int long_side = static_cast<int>(short_side * longer / shorter);
  return width <= height ? Size{short_side, long_side} : Size{long_side, short_side};
}

}  // namespace

absl::StatusOr<Image> ResizeShortSide(const Image& image, int short_side) {
  FOVEA_ASSIGN_OR_RETURN(const Size size, Resized(image.width, image.height, short_side));
  if (std::min(image.width, image.height) == short_side) return image;
  return Resample(image, size.width, size.height);
}

absl::StatusOr<Image> ResizeShortSide(const DecodedImage& decoded, const Window& window,
                                      int short_side) {
  if (decoded.divisor == 1) {
    const bool whole = window == decoded.Whole();
    return whole ? ResizeShortSide(decoded.image, short_side)
                 : ResizeShortSide(CutWindow(decoded.image, window), short_side);
  }
  FOVEA_ASSIGN_OR_RETURN(const Size size, Resized(window.width, window.height, short_side));
  const double scale = 1.0 / decoded.divisor;
  const Box box = {decoded.left + window.left * scale, decoded.top + window.top * scale,
                   window.width * scale, window.height * scale};
  return Resample(decoded.image, box, size.width, size.height);
}

}  // namespace fovea
