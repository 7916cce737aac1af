// An 8-bit RGB picture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fovea {

// Rows from the top, pixels from the left, three bytes a pixel (red, green, blue), no padding.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;  // height * width * 3 bytes.
};

// A black picture of that size; both sides at least 0.
inline Image BlankImage(int width, int height) {
  Image image;
  image.width = width;
  image.height = height;
  image.rgb.resize(static_cast<size_t>(width) * height * 3);
  return image;
}

// A rectangle of whole pixels within a picture; both sides at least 1.
struct Window {
  int left = 0;
  int top = 0;
  int width = 0;
  int height = 0;

  bool operator==(const Window&) const = default;
};

// Such a picture in somebody else's memory, for instance in the preprocessing cache.
struct ImageView {
  int width = 0;
  int height = 0;
  const uint8_t* rgb = nullptr;

  ImageView() = default;
  ImageView(int w, int h, const uint8_t* data) : width(w), height(h), rgb(data) {}
  ImageView(const Image& image)  // NOLINT: a view of any image.
      : width(image.width), height(image.height), rgb(image.rgb.data()) {}
};

}  // namespace fovea
