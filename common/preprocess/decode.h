// JPEG and PNG bytes to pixels, by libjpeg-turbo's and libpng's own APIs. No Torch, no OpenCV codec.
#pragma once

#include <cstdint>
#include <utility>

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

struct DecodeOptions {
  // Turn the picture as its EXIF says.
  bool apply_exif_orientation = false;
  // Above 0, the codec makes the smallest of 1/8, 1/4 and 1/2 of a JPEG whose shorter side still
  // has so many pixels, at full size where none has. Not the pixels that a resize would give, but
  // much faster.
  int min_short_side = 0;
};

// By how much both sides are divided, rounded up, when a picture with that shorter side is decoded:
// 8, 4, 2 or 1. `min_short_side` as in DecodeOptions.
int DecodeDivisor(int64_t short_side, int min_short_side);

// A photograph that may have been decoded at a part of its size.
struct DecodedImage {
  DecodedImage() = default;
  explicit DecodedImage(Image whole)  // In full.
      : image(std::move(whole)), width(image.width), height(image.height) {}

  // All of the photograph, as a window of it.
  Window Whole() const { return {0, 0, width, height}; }

  Image image;
  int divisor = 1;  // Pixels of the photograph to one of `image`, along each side.
  int width = 0;    // Of the photograph, in its own pixels, upright if that was asked for.
  int height = 0;
  // Where the photograph begins in `image`: where its sides are no multiples of the divisor, the
  // last column and row are filled in part only, and a turn may bring them to the front.
  double left = 0;
  double top = 0;
};

// The picture as stored, unless the options say otherwise; grey and palette as RGB, alpha on black.
// The limits are those of the full size, and the whole file is read and checked at any size.
//
// Thread-safe; the calling thread does the work. Errors are INVALID_ARGUMENT and begin with
// "image: " and the class of the refusal: "unsupported_format", "truncated", "corrupt",
// "too_large" or "empty", then what is allowed. Damaged files are refused also where the codec only
// warns. RESOURCE_EXHAUSTED when memory runs out. Nothing from the file's metadata is ever in a
// message.
absl::StatusOr<DecodedImage> DecodePhotograph(absl::string_view bytes, const DecodeLimits& limits,
                                              const DecodeOptions& options = {});

// Its pixels alone.
absl::StatusOr<Image> DecodeImage(absl::string_view bytes, const DecodeLimits& limits,
                                  const DecodeOptions& options = {});

}  // namespace fovea
