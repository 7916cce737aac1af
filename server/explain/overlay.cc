#include "server/explain/overlay.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <vector>

#include "absl/strings/str_cat.h"

namespace fovea {
namespace {

constexpr float kMostOpaque = 0.6f;
constexpr float kOutlined = 0.5f;

using Rgb = std::array<uint8_t, 3>;

// Viridis at 256 heats.
std::array<Rgb, 256> MakePalette() {
  cv::Mat heats(1, 256, CV_8UC1), colours;
  for (int i = 0; i < 256; ++i) heats.at<uint8_t>(i) = static_cast<uint8_t>(i);
  cv::applyColorMap(heats, colours, cv::COLORMAP_VIRIDIS);
  std::array<Rgb, 256> palette;
  for (int i = 0; i < 256; ++i) {
    const cv::Vec3b bgr = colours.at<cv::Vec3b>(i);
    palette[i] = {bgr[2], bgr[1], bgr[0]};
  }
  return palette;
}

uint8_t ToByte(float value) {
  return static_cast<uint8_t>(std::lround(std::clamp(value, 0.0f, 255.0f)));
}

// A line around what is at least half as hot as the hottest: white on its side, black on the other.
void DrawOutline(const HeatMap& heat, Image* picture) {
  const int size = heat.width;
  const auto hot = [&](int x, int y) {
    return heat.values[static_cast<size_t>(y) * size + x] >= kOutlined;
  };
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const bool here = hot(x, y);
      const bool edge =
          (x > 0 && hot(x - 1, y) != here) || (x + 1 < size && hot(x + 1, y) != here) ||
          (y > 0 && hot(x, y - 1) != here) || (y + 1 < size && hot(x, y + 1) != here);
      if (!edge) continue;
      std::fill_n(&picture->rgb[(static_cast<size_t>(y) * size + x) * 3], 3, here ? 255 : 0);
    }
  }
}

std::string EncodePng(const Image& image) {
  const cv::Mat rgb(image.height, image.width, CV_8UC3, const_cast<uint8_t*>(image.rgb.data()));
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  std::vector<uint8_t> file;
  if (!cv::imencode(".png", bgr, file)) throw std::runtime_error("no PNG encoder");
  return std::string(file.begin(), file.end());
}

}  // namespace

Image CropOf(const float* tensor, const PreprocessSpec& spec) {
  Image crop = BlankImage(spec.crop_size, spec.crop_size);
  for (size_t i = 0; i < crop.rgb.size(); ++i) {
    const size_t channel = i % 3;
    crop.rgb[i] = ToByte((tensor[i] * spec.std[channel] + spec.mean[channel]) * 255.0f);
  }
  return crop;
}

Image Overlay(const Image& crop, const HeatMap& heat) {
  static const std::array<Rgb, 256> palette = MakePalette();
  const HeatMap large = Enlarge(heat, crop.width);
  Image overlay = crop;
  for (size_t i = 0; i < large.values.size(); ++i) {
    const float opacity = kMostOpaque * large.values[i];
    const Rgb& colour = palette[ToByte(large.values[i] * 255.0f)];
    for (size_t channel = 0; channel < 3; ++channel) {
      uint8_t& value = overlay.rgb[i * 3 + channel];
      const float below = value;
      value = ToByte(std::lerp(below, static_cast<float>(colour[channel]), opacity));
    }
  }
  DrawOutline(large, &overlay);
  return overlay;
}

absl::StatusOr<std::string> DrawExplanation(const float* tensor, const PreprocessSpec& spec,
                                            const ClassMaps& maps, int class_index) try {
  return EncodePng(Overlay(CropOf(tensor, spec), GradCam(maps, class_index)));
} catch (const std::bad_alloc&) {
  return absl::ResourceExhaustedError("the explanation: not enough memory");
} catch (const std::exception& error) {
  return absl::InternalError(absl::StrCat("the explanation: ", error.what()));
}

}  // namespace fovea
