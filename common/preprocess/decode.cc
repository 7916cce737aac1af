#include "common/preprocess/decode.h"

#include <new>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/preprocess/codec.h"

namespace fovea {
namespace {

constexpr absl::string_view kJpegMagic("\xFF\xD8\xFF", 3);
constexpr absl::string_view kPngMagic("\x89PNG\r\n\x1A\n", 8);

absl::string_view RefusalName(Refusal refusal) {
  switch (refusal) {
    case Refusal::kUnsupportedFormat: return "unsupported_format";
    case Refusal::kTruncated: return "truncated";
    case Refusal::kCorrupt: return "corrupt";
    case Refusal::kTooLarge: return "too_large";
    case Refusal::kEmpty: return "empty";
  }
  return "corrupt";
}

// Whether `bytes` is a piece of `magic`, cut before its end.
bool IsCutMagic(absl::string_view bytes, absl::string_view magic) {
  return bytes.size() >= 2 && bytes.size() < magic.size() && absl::StartsWith(magic, bytes);
}

absl::StatusOr<DecodedImage> DecodeUpright(absl::string_view bytes, const DecodeLimits& limits,
                                           const DecodeOptions& options) {
  const bool turn = options.apply_exif_orientation;
  if (absl::StartsWith(bytes, kJpegMagic)) {
    FOVEA_ASSIGN_OR_RETURN(DecodedImage decoded,
                           DecodeJpeg(bytes, limits, options.min_short_side));
    return TurnUpright(std::move(decoded), turn ? JpegOrientation(bytes) : 1);
  }
  if (absl::StartsWith(bytes, kPngMagic)) {
    FOVEA_ASSIGN_OR_RETURN(Image image, DecodePng(bytes, limits));
    return TurnUpright(DecodedImage(std::move(image)), turn ? PngOrientation(bytes) : 1);
  }
  if (IsCutMagic(bytes, kJpegMagic) || IsCutMagic(bytes, kPngMagic)) {
    return RefuseDamaged(Refusal::kTruncated);
  }
  return Refuse(Refusal::kUnsupportedFormat, "the content must be a JPEG or PNG photograph");
}

}  // namespace

absl::Status Refuse(Refusal refusal, absl::string_view allowed) {
  return FieldError("image", absl::StrCat(RefusalName(refusal), ": ", allowed));
}

absl::Status RefuseDamaged(Refusal refusal) {
  switch (refusal) {
    case Refusal::kTruncated:
      return Refuse(refusal, "the file ends before the last pixel; send the complete file");
    case Refusal::kUnsupportedFormat:
      return Refuse(refusal, "allowed are baseline and progressive JPEG with 8 bits a sample, "
                             "grey or colour, and PNG");
    case Refusal::kTooLarge:
      return Refuse(refusal, "the file takes more memory than a photograph of this size may");
    case Refusal::kEmpty:
      return Refuse(refusal, "the file has no bytes; send a JPEG or PNG photograph");
    case Refusal::kCorrupt:
      return Refuse(refusal, "the file is damaged; send an intact JPEG or PNG photograph");
  }
  return absl::OkStatus();
}

absl::Status CheckSize(int64_t width, int64_t height, const DecodeLimits& limits) {
  if (width <= 0 || height <= 0) return RefuseDamaged(Refusal::kCorrupt);
  if (width > limits.max_pixels / height) {
    return Refuse(Refusal::kTooLarge,
                  absl::StrCat(width, " x ", height, " pixels; at most ", limits.max_pixels,
                               " pixels are allowed"));
  }
  return absl::OkStatus();
}

int DecodeDivisor(int64_t short_side, int min_short_side) {
  if (min_short_side <= 0) return 1;
  for (const int divisor : {8, 4, 2}) {
    if ((short_side + divisor - 1) / divisor >= min_short_side) return divisor;
  }
  return 1;
}

absl::StatusOr<DecodedImage> DecodePhotograph(absl::string_view bytes, const DecodeLimits& limits,
                                              const DecodeOptions& options) {
  if (bytes.empty()) return RefuseDamaged(Refusal::kEmpty);
  if (static_cast<int64_t>(bytes.size()) > limits.max_bytes) {
    return Refuse(Refusal::kTooLarge, absl::StrCat(bytes.size(), " bytes; at most ",
                                                   limits.max_bytes, " bytes are allowed"));
  }
  try {
    return DecodeUpright(bytes, limits, options);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("image: not enough memory to decode it; try again later");
  }
}

absl::StatusOr<Image> DecodeImage(absl::string_view bytes, const DecodeLimits& limits,
                                  const DecodeOptions& options) {
  FOVEA_ASSIGN_OR_RETURN(DecodedImage decoded, DecodePhotograph(bytes, limits, options));
  return std::move(decoded.image);
}

}  // namespace fovea
