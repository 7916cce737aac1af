#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/preprocess/codec.h"
#include "common/preprocess/preprocess.h"
#include "common/preprocess/resample.h"

namespace fovea {
namespace {

// A picture of 1 x 65,000 pixels would become one of 256 x 16,640,000.
constexpr int64_t kMaxAspectRatio = 16;

}  // namespace

absl::StatusOr<Image> ResizeShortSide(const Image& image, int short_side) {
  const int64_t shorter = std::min(image.width, image.height);
  const int64_t longer = std::max(image.width, image.height);
  if (shorter < 1) return RefuseDamaged(Refusal::kCorrupt);
  if (longer > shorter * kMaxAspectRatio) {
    return Refuse(Refusal::kUnsupportedFormat,
                  absl::StrCat("the longer side is more than ", kMaxAspectRatio,
                               " times the shorter; send a photograph of a fundus"));
  }
  if (shorter == short_side) return image;
  const int long_side = static_cast<int>(short_side * longer / shorter);
  const bool upright = image.width <= image.height;
  return Resample(image, upright ? short_side : long_side, upright ? long_side : short_side);
}

}  // namespace fovea
