#include "common/preprocess/jpeg_markers.h"

#include <cstring>

namespace fovea {
namespace {

constexpr uint8_t kTemporary = 0x01;
constexpr uint8_t kEndOfImage = 0xD9;
constexpr uint8_t kStartOfScan = 0xDA;

bool IsRestart(uint8_t marker) { return marker >= 0xD0 && marker <= 0xD7; }

}  // namespace

bool JpegMarkerWalk::Next() {
  if (marker_ == kStartOfScan) SkipEntropyData();
  do {
    if (!FindMarker()) return false;
  } while (IsRestart(marker_) || marker_ == kTemporary);
  if (marker_ == kEndOfImage || bytes_.size() - position_ < 2) return false;
  const size_t length = static_cast<size_t>(static_cast<uint8_t>(bytes_[position_])) << 8 |
                        static_cast<uint8_t>(bytes_[position_ + 1]);
  if (length < 2 || length > bytes_.size() - position_) return false;
  payload_ = bytes_.substr(position_ + 2, length - 2);
  position_ += length;
  return true;
}

// One or more FF, then the marker.
bool JpegMarkerWalk::FindMarker() {
  size_t position = position_;
  while (position < bytes_.size() && bytes_[position] == '\xFF') ++position;
  if (position == position_ || position == bytes_.size()) return false;
  marker_ = static_cast<uint8_t>(bytes_[position]);
  position_ = position + 1;
  return marker_ != 0;
}

// To the FF of the next marker that is neither a stuffed zero nor a restart.
void JpegMarkerWalk::SkipEntropyData() {
  while (position_ + 1 < bytes_.size()) {
    const void* found =
        std::memchr(bytes_.data() + position_, 0xFF, bytes_.size() - 1 - position_);
    if (found == nullptr) break;
    position_ = static_cast<size_t>(static_cast<const char*>(found) - bytes_.data());
    const uint8_t next = static_cast<uint8_t>(bytes_[position_ + 1]);
    if (next != 0 && !IsRestart(next) && next != 0xFF) return;
    position_ += next == 0xFF ? 1 : 2;
  }
  position_ = bytes_.size();
}

int CountJpegScans(absl::string_view bytes, int limit) {
  JpegMarkerWalk walk(bytes);
  int scans = 0;
  while (scans <= limit && walk.Next()) {
    if (walk.marker() == kStartOfScan) ++scans;
  }
  return scans;
}

}  // namespace fovea
