// A walk over the segments of a JPEG file, without decoding anything. Not for other layers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace fovea {

// Goes from segment to segment up to the end marker. Not thread-safe; the bytes must outlive it.
// Stops at the first thing that is not a segment: libjpeg with warnings as errors stops there too.
class JpegMarkerWalk {
 public:
  // `bytes` begin with the start marker (FF D8).
  explicit JpegMarkerWalk(absl::string_view bytes) : bytes_(bytes), position_(2) {}

  // Moves on to the next segment that has a length; false at the end.
  bool Next();

  uint8_t marker() const { return marker_; }                    // For instance 0xDA.
  absl::string_view payload() const { return payload_; }        // Without marker and length.

 private:
  bool FindMarker();
  void SkipEntropyData();

  const absl::string_view bytes_;
  size_t position_;
  uint8_t marker_ = 0;
  absl::string_view payload_;
};

// The scans of a file; stops counting at limit + 1.
int CountJpegScans(absl::string_view bytes, int limit);

}  // namespace fovea
