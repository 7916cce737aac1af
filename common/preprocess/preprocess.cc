#include "common/preprocess/preprocess.h"

#include "common/base/status.h"

namespace fovea {

absl::StatusOr<Image> LoadImage(absl::string_view bytes, const PreprocessSpec& spec,
                                const DecodeLimits& limits) {
  FOVEA_ASSIGN_OR_RETURN(const Image image,
                         DecodeImage(bytes, limits, spec.apply_exif_orientation));
  return ResizeShortSide(image, spec.resize_short_side);
}

}  // namespace fovea
