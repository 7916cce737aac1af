// What decode.cc shares with the two codecs. Not for other layers.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/preprocess/decode.h"
#include "common/preprocess/image.h"

namespace fovea {

// Why a file is refused; the first word of the message says the class.
enum class Refusal { kUnsupportedFormat, kTruncated, kCorrupt, kTooLarge, kEmpty };

// INVALID_ARGUMENT "image: class: allowed".
absl::Status Refuse(Refusal refusal, absl::string_view allowed);

// The usual text for a class, for errors that the codec found.
absl::Status RefuseDamaged(Refusal refusal);

// OK when both sides are positive and width * height is within limits.max_pixels.
absl::Status CheckSize(int64_t width, int64_t height, const DecodeLimits& limits);

// Decode a file that begins with the format's magic bytes. `min_short_side` as in DecodeOptions.
absl::StatusOr<DecodedImage> DecodeJpeg(absl::string_view bytes, const DecodeLimits& limits,
                                        int min_short_side);
absl::StatusOr<Image> DecodePng(absl::string_view bytes, const DecodeLimits& limits);

// The EXIF orientation tag of such a file, 1..8; 1 when there is none or the EXIF is broken.
int JpegOrientation(absl::string_view bytes);
int PngOrientation(absl::string_view bytes);

// The photograph, and the picture, turned so that it stands upright; orientation 1..8 as in EXIF.
DecodedImage TurnUpright(DecodedImage decoded, int orientation);
Image TurnUpright(Image image, int orientation);

}  // namespace fovea
