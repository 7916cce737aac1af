// The orientation tag of a photograph, and the turn that it asks for. Nothing else is read.
#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <utility>

#include "absl/strings/match.h"
#include "common/preprocess/codec.h"
#include "common/preprocess/jpeg_markers.h"

namespace fovea {
namespace {

constexpr uint8_t kApp1 = 0xE1;
constexpr absl::string_view kExifHeader("Exif\0\0", 6);
constexpr uint16_t kOrientationTag = 0x0112;
constexpr uint16_t kShortType = 3;
constexpr size_t kEntryBytes = 12;

// Numbers in a TIFF structure; 0 beyond its end.
class TiffReader {
 public:
  TiffReader(absl::string_view bytes, bool big_endian) : bytes_(bytes), big_(big_endian) {}

  uint32_t Number(size_t at, size_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) return 0;
    uint32_t value = 0;
    for (size_t i = 0; i < size; ++i) {
      value = value << 8 | static_cast<uint8_t>(bytes_[at + (big_ ? i : size - 1 - i)]);
    }
    return value;
  }
  uint16_t Short(size_t at) const { return static_cast<uint16_t>(Number(at, 2)); }
  uint32_t Long(size_t at) const { return Number(at, 4); }

 private:
  const absl::string_view bytes_;
  const bool big_;
};

// Of a TIFF structure: byte order, 42, place of the first directory, whose entries are tag, type,
// count and value.
int TiffOrientation(absl::string_view tiff) {
  const bool big = absl::StartsWith(tiff, "MM");
  if (!big && !absl::StartsWith(tiff, "II")) return 1;
  const TiffReader reader(tiff, big);
  if (reader.Short(2) != 42) return 1;
  const size_t directory = reader.Long(4);
  const int entries = reader.Short(directory);
  for (int i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + i * kEntryBytes;
    if (reader.Short(entry) != kOrientationTag) continue;
    const int value = reader.Short(entry + 8);
    const bool valid = reader.Short(entry + 2) == kShortType && reader.Long(entry + 4) == 1;
    return valid && value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

// Where the stored picture has the pixel that belongs at (x, y) of the upright one.
std::pair<int, int> Source(int orientation, int x, int y, int width, int height) {
  switch (orientation) {
    case 2: return {width - 1 - x, y};
    case 3: return {width - 1 - x, height - 1 - y};
    case 4: return {x, height - 1 - y};
    case 5: return {y, x};
    case 6: return {y, height - 1 - x};
    case 7: return {width - 1 - y, height - 1 - x};
    case 8: return {width - 1 - y, x};
    default: return {x, y};
  }
}

}  // namespace

int JpegOrientation(absl::string_view bytes) {
  JpegMarkerWalk walk(bytes);
  while (walk.Next()) {
    if (walk.marker() == kApp1 && absl::StartsWith(walk.payload(), kExifHeader)) {
      return TiffOrientation(walk.payload().substr(kExifHeader.size()));
    }
  }
  return 1;
}

int PngOrientation(absl::string_view bytes) {
  constexpr size_t kSignature = 8;
  constexpr size_t kChunkFrame = 12;  // Length, type, checksum.
  size_t at = kSignature;
  while (bytes.size() - at >= kChunkFrame) {
    const size_t length = TiffReader(bytes, true).Long(at);
    if (length > bytes.size() - at - kChunkFrame) return 1;
    if (bytes.substr(at + 4, 4) == "eXIf") return TiffOrientation(bytes.substr(at + 8, length));
    at += kChunkFrame + length;
  }
  return 1;
}

DecodedImage TurnUpright(DecodedImage decoded, int orientation) {
  if (orientation <= 1 || orientation > 8) return decoded;
  decoded.image = TurnUpright(std::move(decoded.image), orientation);
  if (orientation >= 5) std::swap(decoded.width, decoded.height);
  const auto unfilled = [&](int side, int full) {
    return side - static_cast<double>(full) / decoded.divisor;
  };
  const auto is = [orientation](std::initializer_list<int> values) {
    return std::find(values.begin(), values.end(), orientation) != values.end();
  };
  if (is({2, 3, 6, 7})) decoded.left = unfilled(decoded.image.width, decoded.width);
  if (is({3, 4, 7, 8})) decoded.top = unfilled(decoded.image.height, decoded.height);
  return decoded;
}

Image TurnUpright(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  Image turned;
  const bool swapped = orientation >= 5;
  turned.width = swapped ? image.height : image.width;
  turned.height = swapped ? image.width : image.height;
  turned.rgb.resize(image.rgb.size());
  uint8_t* out = turned.rgb.data();
  for (int y = 0; y < turned.height; ++y) {
    for (int x = 0; x < turned.width; ++x, out += 3) {
      const auto [from_x, from_y] = Source(orientation, x, y, image.width, image.height);
      const size_t pixel = static_cast<size_t>(from_y) * image.width + from_x;
      std::memcpy(out, &image.rgb[pixel * 3], 3);
    }
  }
  return turned;
}

}  // namespace fovea
