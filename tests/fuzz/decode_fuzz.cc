// Any bytes decode to a whole picture or are refused by a well-formed error, the same each time.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/match.h"
#include "common/preprocess/decode.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

bool IsRefusal(const absl::Status& status) {
  for (const char* name : {"unsupported_format", "truncated", "corrupt", "too_large", "empty"}) {
    const absl::string_view message(status.message());
    if (absl::StartsWith(message, "image: ") && absl::StartsWith(message.substr(7), name)) {
      return status.code() == absl::StatusCode::kInvalidArgument;
    }
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  fovea::DecodeLimits limits;
  limits.max_pixels = 1 << 20;  // So that large pictures do not slow the search down.

  const absl::StatusOr<fovea::Image> stored = fovea::DecodeImage(bytes, limits);
  const absl::StatusOr<fovea::Image> upright =
      fovea::DecodeImage(bytes, limits, {.apply_exif_orientation = true});
  const absl::StatusOr<fovea::Image> scaled =
      fovea::DecodeImage(bytes, limits, {.min_short_side = 1});
  Require(stored.status() == upright.status() && stored.status() == scaled.status());
  if (!stored.ok()) {
    Require(IsRefusal(stored.status()));
    return 0;
  }
  const int64_t pixels = static_cast<int64_t>(stored->width) * stored->height;
  Require(stored->width > 0 && stored->height > 0 && pixels <= limits.max_pixels);
  Require(static_cast<int64_t>(stored->rgb.size()) == pixels * 3);
  Require(stored->rgb.size() == upright->rgb.size());
  Require(stored->width == upright->width || stored->width == upright->height);
  Require(scaled->width == stored->width || scaled->width == (stored->width + 7) / 8);
  Require(static_cast<int64_t>(scaled->rgb.size()) == int64_t{3} * scaled->width * scaled->height);
  return 0;
}
