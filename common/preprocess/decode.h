// JPEG and PNG bytes to pixels, by libjpeg-turbo's and libpng's own APIs. No Torch, no OpenCV codec.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/preprocess/image.h"

namespace fovea {

// What a decoder may be asked to do.
struct DecodeLimits {
  int64_t max_bytes = 64 << 20;         // Of the file.
  int64_t max_pixels = 100'000'000;     // Width times height, from the header, before decoding.
  int max_scans = 100;                  // Of a JPEG, counted before decoding.
};

// The picture as stored (no EXIF turn unless asked), grey and palette as RGB, alpha on black.
//
// Thread-safe; the calling thread does the work. Errors are INVALID_ARGUMENT and begin with
// "image: " and the class of the refusal: "unsupported_format", "truncated", "corrupt",
// "too_large" or "empty", then what is allowed. Damaged files are refused also where the codec only
// warns. RESOURCE_EXHAUSTED when memory runs out. Nothing from the file's metadata is ever in a
// message.
absl::StatusOr<Image> DecodeImage(absl::string_view bytes, const DecodeLimits& limits,
                                  bool apply_exif_orientation = false);

}  // namespace fovea
