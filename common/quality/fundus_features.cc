#include "common/quality/fundus_features.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include "common/preprocess/resample.h"
#include "common/quality/line_detector.h"
#include "common/quality/plane.h"

namespace fovea {
namespace {

constexpr double kRadius = 32;     // Pixels, of the field in the scaled picture.
constexpr double kInside = 0.85;   // Within this share of the radius lies retina, not its rim.
constexpr double kOutside = 1.06;  // Beyond this share lies surround.
constexpr int kDetailRadius = 3;
constexpr int kRimDirections = 72;

double Log(double value) { return std::log(std::max(value, 0.001)); }
double Ratio(double a, double b) { return a / std::max(b, 0.001); }

using Pixels = std::vector<size_t>;  // Places in a plane.

// The pixels between `from` and `to` radii that are also at least `margin` pixels from the edges.
Pixels PixelsInside(const Plane& plane, const Field& field, double from, double to, int margin) {
  Pixels pixels;
  for (int y = margin; y < plane.height - margin; ++y) {
    for (int x = margin; x < plane.width - margin; ++x) {
      if (!field.Contains(x + 0.5, y + 0.5, to)) continue;
      if (from > 0 && field.Contains(x + 0.5, y + 0.5, from)) continue;
      pixels.push_back(static_cast<size_t>(y) * plane.width + x);
    }
  }
  return pixels;
}

double MeanAt(const Plane& plane, const Pixels& pixels) {
  double sum = 0;
  for (const size_t i : pixels) sum += plane.value[i];
  return pixels.empty() ? 0 : sum / static_cast<double>(pixels.size());
}

double DeviationAt(const Plane& plane, const Pixels& pixels) {
  const double mean = MeanAt(plane, pixels);
  double sum = 0;
  for (const size_t i : pixels) sum += (plane.value[i] - mean) * (plane.value[i] - mean);
  return std::sqrt(Ratio(sum, static_cast<double>(pixels.size())));
}

// Mean of value^power.
double Moment(const std::vector<float>& values, int power) {
  double sum = 0;
  for (const float value : values) {
    double term = 1;
    for (int k = 0; k < power; ++k) term *= value;
    sum += term;
  }
  return Ratio(sum, static_cast<double>(values.size()));
}

// Of values whose means are nearly 0.
double Correlation(const std::vector<float>& a, const std::vector<float>& b) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return Ratio(ab, std::sqrt(aa * bb));
}

void MeasureSurround(const Plane& luminance, const Field& field, FundusFeatures& features) {
  double outside = 0, inside = 0;
  int outside_count = 0, inside_count = 0;
  for (int y = 0; y < luminance.height; ++y) {
    for (int x = 0; x < luminance.width; ++x) {
      if (field.Contains(x + 0.5, y + 0.5, kInside)) {
        inside += luminance.At(x, y);
        ++inside_count;
      } else if (!field.Contains(x + 0.5, y + 0.5, kOutside)) {
        outside += luminance.At(x, y);
        ++outside_count;
      }
    }
  }
  inside /= std::max(inside_count, 1);
  // Where no surround is in the picture, nothing speaks for one.
  features[kSurround] =
      outside_count == 0 ? 1 : std::clamp(Ratio(outside / outside_count, inside), 0.1, 1.0);

  int brighter = 0, seen = 0;
  for (int i = 0; i < kRimDirections; ++i) {
    const double angle = i * 2 * std::numbers::pi / kRimDirections;
    const auto at = [&](double scale, int& x, int& y) {
      x = static_cast<int>(std::floor(field.x + scale * field.radius * std::cos(angle)));
      y = static_cast<int>(std::floor(field.y + scale * field.radius * std::sin(angle)));
      return luminance.Contains(x, y);
    };
    int in_x, in_y, out_x, out_y;
    if (!at(0.92, in_x, in_y) || !at(1.08, out_x, out_y)) continue;
    ++seen;
    brighter += luminance.At(in_x, in_y) - luminance.At(out_x, out_y) > 0.1 * inside;
  }
  features[kRimContrast] = seen == 0 ? 0 : static_cast<double>(brighter) / seen;
}

void MeasureLines(const Plane& green, const Field& field, double detail_rms,
                  FundusFeatures& features) {
  double dark = 0, bright = 0, step = 0, dark_long = 0;
  const LineDetector short_lines(green.width, 3), long_lines(green.width, 6);
  const Pixels pixels = PixelsInside(green, field, 0, kInside, long_lines.margin());
  for (const size_t i : pixels) {
    const int x = static_cast<int>(i % green.width), y = static_cast<int>(i / green.width);
    const LineResponse response = short_lines.At(green, x, y);
    dark += response.dark_line;
    bright += response.bright_line;
    step += response.step;
    dark_long += long_lines.At(green, x, y).dark_line;
  }
  const double count = static_cast<double>(pixels.size());
  features[kDarkLines] = Log(Ratio(dark, step));
  features[kLinePolarity] = Log(Ratio(dark, bright));
  features[kSteps] = Log(Ratio(Ratio(step, count), detail_rms));
  features[kLongLines] = Log(Ratio(dark_long, dark));
}

// kSymmetry. 0 where no pixel's reflection is in the picture.
double Symmetry(const Plane& ground, const Field& field, const Pixels& pixels) {
  std::vector<float> here, reflected;
  for (const size_t i : pixels) {
    const int x = static_cast<int>(i % ground.width), y = static_cast<int>(i / ground.width);
    const int opposite = static_cast<int>(std::floor(2 * field.y - y - 0.5));
    if (!ground.Contains(x, opposite)) continue;
    here.push_back(ground.At(x, y));
    reflected.push_back(ground.At(x, opposite));
  }
  const auto centre = [](std::vector<float>& values) {
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    const double mean = Ratio(sum, static_cast<double>(values.size()));
    for (float& value : values) value -= static_cast<float>(mean);
  };
  centre(here);
  centre(reflected);
  return Correlation(here, reflected);
}

// The detail of a channel at the pixels, and its rms as a share of the mean.
struct ChannelDetail {
  std::vector<float> detail;
  double contrast = 0;
};

ChannelDetail DetailOf(const Image& image, int channel, const Pixels& pixels) {
  const Plane plane = Channel(image, channel), ground = BoxMean(plane, kDetailRadius);
  ChannelDetail result;
  double sum = 0;
  for (const size_t i : pixels) {
    result.detail.push_back(plane.value[i] - ground.value[i]);
    sum += plane.value[i];
  }
  const double mean = Ratio(sum, static_cast<double>(pixels.size()));
  // Nearly black channels have hardly any detail but that of rounding.
  result.contrast = std::sqrt(Moment(result.detail, 2)) / (mean + 5);
  return result;
}

}  // namespace

FundusFeatures MeasureFundusFeatures(const Image& image, const Field& field) {
  const double scale = kRadius / field.radius;
  const Image scaled =
      Resample(image, std::max(1, static_cast<int>(std::lround(image.width * scale))),
               std::max(1, static_cast<int>(std::lround(image.height * scale))));
  const Field circle = field.ScaledBy(scale);
  const Plane green = Channel(scaled, 1), ground = BoxMean(green, kDetailRadius);
  const Pixels pixels = PixelsInside(green, circle, 0, kInside, 0);

  FundusFeatures features{};
  features[kEdgeShare] = field.edge_share;
  MeasureSurround(Luminance(scaled), circle, features);

  const ChannelDetail red_detail = DetailOf(scaled, 0, pixels);
  const ChannelDetail green_detail = DetailOf(scaled, 1, pixels);
  const double mean = MeanAt(green, pixels);
  const double rms = std::sqrt(Moment(green_detail.detail, 2));
  features[kDetail] = Log(Ratio(rms, mean));
  features[kSkewness] = Ratio(Moment(green_detail.detail, 3), rms * rms * rms);
  features[kKurtosis] = Log(Ratio(Moment(green_detail.detail, 4), rms * rms * rms * rms));
  features[kSmoothness] = Log(Ratio(DeviationAt(ground, pixels), rms));
  MeasureLines(green, circle, rms, features);
  features[kSymmetry] = Symmetry(ground, circle, pixels);
  features[kRedDetail] = Log(Ratio(red_detail.contrast + 0.001, green_detail.contrast + 0.001));
  features[kRedGreen] = Correlation(red_detail.detail, green_detail.detail);
  features[kCentre] = Ratio(MeanAt(green, PixelsInside(green, circle, 0, 0.3, 0)), mean);
  features[kMiddle] = Ratio(MeanAt(green, PixelsInside(green, circle, 0.3, 0.6, 0)), mean);
  return features;
}

}  // namespace fovea
