#include "common/preprocess/preprocess.h"

#include "common/base/clock.h"
#include "common/base/status.h"

namespace fovea {

absl::StatusOr<Image> PrepareImage(const Image& decoded, const PreprocessSpec& spec) {
  return ResizeShortSide(decoded, spec.resize_short_side);
}

absl::StatusOr<Image> LoadImage(absl::string_view bytes, const PreprocessSpec& spec,
                                const DecodeLimits& limits, absl::Duration* decode_time) {
  const absl::Duration start = MonotonicNow();
  FOVEA_ASSIGN_OR_RETURN(const Image image,
                         DecodeImage(bytes, limits, spec.apply_exif_orientation));
  if (decode_time != nullptr) *decode_time = MonotonicNow() - start;
  return PrepareImage(image, spec);
}

}  // namespace fovea
