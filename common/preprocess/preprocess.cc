#include "common/preprocess/preprocess.h"

#include <algorithm>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/preprocess/fundus.h"
#include "common/preprocess/local_average.h"

namespace fovea {
namespace {

constexpr double kShortSideOverSigma = 60;  // Of the Gaussian of the local average.
constexpr int kMinScaledShortSide = 512;    // Of what scaled_decode gives, in pixels.

}  // namespace

DecodeOptions DecodeOptionsOf(const PreprocessSpec& spec) {
  DecodeOptions options;
  options.apply_exif_orientation = spec.apply_exif_orientation;
  if (spec.scaled_decode) {
    options.min_short_side = std::max(kMinScaledShortSide, 2 * spec.resize_short_side);
  }
  return options;
}

absl::StatusOr<Image> PrepareImage(const DecodedImage& decoded, const PreprocessSpec& spec) {
  const Window window = spec.crop_to_fundus ? FundusWindow(decoded) : decoded.Whole();
  absl::StatusOr<Image> image = ResizeShortSide(decoded, window, spec.resize_short_side);
  if (image.ok() && spec.subtract_local_average) {
    SubtractLocalAverage(spec.resize_short_side / kShortSideOverSigma, &*image);
  }
  return image;
}

absl::StatusOr<Image> LoadImage(absl::string_view bytes, const PreprocessSpec& spec,
                                const DecodeLimits& limits, absl::Duration* decode_time) {
  const absl::Duration start = MonotonicNow();
  FOVEA_ASSIGN_OR_RETURN(const DecodedImage decoded,
                         DecodePhotograph(bytes, limits, DecodeOptionsOf(spec)));
  if (decode_time != nullptr) *decode_time = MonotonicNow() - start;
  return PrepareImage(decoded, spec);
}

}  // namespace fovea
