#include "tests/testing/picture_variants.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "common/base/random_stream.h"
#include "common/preprocess/preprocess.h"
#include "common/preprocess/resample.h"
#include "common/preprocess/warp.h"
#include "common/quality/plane.h"

namespace fovea {
namespace {

constexpr int kSide = 256;
constexpr uint64_t kCamera = 1000;  // Beyond all kinds of painted pictures.

uint8_t Byte(double value) {
  return static_cast<uint8_t>(std::lround(std::clamp(value, 0.0, 255.0)));
}

Image Mapped(const Image& image, const std::function<double(double value, int channel)>& map) {
  Image mapped = image;
  for (size_t i = 0; i < mapped.rgb.size(); ++i) {
    mapped.rgb[i] = Byte(map(mapped.rgb[i], static_cast<int>(i % 3)));
  }
  return mapped;
}

Image PaintPixels(const std::function<double(int x, int y, int channel)>& value) {
  Image image{kSide, kSide, {}};
  image.rgb.reserve(static_cast<size_t>(kSide) * kSide * 3);
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      for (int channel = 0; channel < 3; ++channel) image.rgb.push_back(Byte(value(x, y, channel)));
    }
  }
  return image;
}

// Numbers for painting.
struct Dice {
  RandomStream stream;
  double operator()(double low, double high) {
    return low + (high - low) * static_cast<double>(stream.Below(1 << 20)) / (1 << 20);
  }
};

// Noise of `cells` x `cells` colours, made smooth.
Image PaintClouds(Dice& dice, int cells, double spread) {
  Image coarse{cells, cells, {}};
  const double base[] = {dice(90, 220), dice(50, 160), dice(20, 140)};
  for (int i = 0; i < cells * cells; ++i) {
    const double shade = dice(-spread, spread);
    for (int channel = 0; channel < 3; ++channel) coarse.rgb.push_back(Byte(base[channel] + shade));
  }
  return Resample(coarse, kSide, kSide);
}

// Dark lines of short words on paper.
Image PaintDocument(Dice& dice) {
  const double paper = dice(200, 255), line = dice(8, 16);
  Image image = PaintPixels([paper](int, int, int) { return paper; });
  for (double top = 8; top + line < kSide; top += line) {
    for (double x = 8; x < kSide - 12;) {
      const double end = std::min(x + dice(4, 26), kSide - 8.0);
      for (int y = static_cast<int>(top); y < top + 0.45 * line; ++y) {
        for (int at = static_cast<int>(x); at < end; ++at) {
          const uint8_t ink = Byte(paper * (dice(0, 1) < 0.55 ? 0.15 : 0.9));
          std::fill_n(&image.rgb[(static_cast<size_t>(y) * kSide + at) * 3], 3, ink);
        }
      }
      x = end + 4;
    }
  }
  return image;
}

// Grey with round pits that are lit from one side.
Image PaintCraters(Dice& dice) {
  Plane ground(kSide, kSide);
  std::fill(ground.value.begin(), ground.value.end(), static_cast<float>(dice(110, 190)));
  for (int crater = 0; crater < 60; ++crater) {
    const double cx = dice(0, kSide), cy = dice(0, kSide), r = dice(3, 24), depth = dice(10, 45);
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        const double d = std::hypot(x - cx, y - cy) / r;
        if (d < 1.15) {
          ground.At(x, y) += static_cast<float>(d < 1 ? depth * (cx - x) / r : 0.4 * depth);
        }
      }
    }
  }
  return PaintPixels([&](int x, int y, int) { return ground.At(x, y) + dice(-4, 4); });
}

}  // namespace

Image Blurred(const Image& image, double sigma) {
  // Three boxes of radius r have a variance of r * (r + 1); between whole radii the pictures mix.
  const double exact = (std::sqrt(1 + 4 * sigma * sigma) - 1) / 2;
  const int radius = static_cast<int>(exact);
  const float part = static_cast<float>(exact - radius);
  Image blurred = image;
  for (int channel = 0; channel < 3; ++channel) {
    Plane plane = Channel(image, channel);
    for (int pass = 0; pass < 3; ++pass) {
      const Plane less = BoxMean(plane, radius), more = BoxMean(plane, radius + 1);
      for (size_t i = 0; i < plane.value.size(); ++i) {
        plane.value[i] = less.value[i] + part * (more.value[i] - less.value[i]);
      }
    }
    for (size_t i = 0; i < plane.value.size(); ++i) {
      blurred.rgb[3 * i + channel] = Byte(plane.value[i]);
    }
  }
  return blurred;
}

Image Exposed(const Image& image, double gain) {
  return Mapped(image, [gain](double value, int) { return gain * value; });
}

Image CutOff(const Image& image, double share, Side side) {
  const bool across = side == Side::kLeft || side == Side::kRight;
  const int width = across ? static_cast<int>(image.width * (1 - share)) : image.width;
  const int height = across ? image.height : static_cast<int>(image.height * (1 - share));
  const int left = side == Side::kLeft ? image.width - width : 0;
  const int top = side == Side::kTop ? image.height - height : 0;
  return *ResizeShortSide(CutWindow(image, {left, top, width, height}),
                          std::min(image.width, image.height));
}

Image NaturalColours(const Image& image) {
  return Mapped(image, [](double value, int channel) {
    const double share = value / 255;
    if (channel == 0) return 225 * std::pow(share, 0.5);
    return channel == 1 ? 140 * std::pow(share, 0.7) : 70 * std::pow(share, 0.8);
  });
}

Image InDisc(const Image& image, double zoom, uint64_t seed) {
  const int side = static_cast<int>(std::min(image.width, image.height) / zoom);
  const Image middle = Resample(
      CutWindow(image, {(image.width - side) / 2, (image.height - side) / 2, side, side}), kSide,
      kSide);
  Dice dice{RandomStream({kCamera, seed})};
  const double radius = kSide * dice(0.33, 0.52), rim = dice(0.5, 4), vignette = dice(0, 0.6);
  const double half_height = radius * (dice(0, 1) < 0.5 ? 1 : dice(0.75, 0.95));
  const double x0 = kSide * dice(0.48, 0.52), y0 = kSide * dice(0.48, 0.52);
  const double surround = dice(0, 1) < 0.5 ? 0 : dice(0, 16), noise = dice(0, 6);
  return PaintPixels([&](int x, int y, int channel) {
    const double dx = x + 0.5 - x0, dy = y + 0.5 - y0, r = std::hypot(dx, dy);
    const double outside = surround + dice(-noise, noise);
    const double cover = std::clamp((radius - r) / rim + 0.5, 0.0, 1.0);
    if (std::abs(dy) > half_height || cover == 0) return outside;
    const double shade = 1 - vignette * (r / radius) * (r / radius);
    const double value = shade * middle.rgb[(static_cast<size_t>(y) * kSide + x) * 3 + channel];
    return outside + cover * (value - outside);
  });
}

Image Paint(Painted kind, uint64_t seed) {
  Dice dice{RandomStream({static_cast<uint64_t>(kind), seed})};
  switch (kind) {
    case Painted::kFlat: return PaintClouds(dice, 1, 0);
    case Painted::kClouds: return PaintClouds(dice, 3 + static_cast<int>(seed % 12), dice(5, 40));
    case Painted::kDocument: return PaintDocument(dice);
    case Painted::kCraters: return PaintCraters(dice);
    case Painted::kGradient: {
      const double from = dice(0, 120), to = dice(130, 255), tilt = dice(0, 1);
      return PaintPixels([&](int x, int y, int channel) {
        return (from + (to - from) * (tilt * x + (1 - tilt) * y) / kSide) * (1 - 0.25 * channel);
      });
    }
    case Painted::kNoise: {
      const double grey = dice(60, 190), spread = dice(5, 90);
      return PaintPixels([&](int, int, int) { return grey + dice(-spread, spread); });
    }
    case Painted::kCheckerboard: {
      const int cell = 4 + static_cast<int>(seed % 40);
      const double dark = dice(20, 110), light = dice(130, 250);
      return PaintPixels(
          [&](int x, int y, int) { return (x / cell + y / cell) % 2 == 0 ? dark : light; });
    }
  }
  return {};
}

}  // namespace fovea
