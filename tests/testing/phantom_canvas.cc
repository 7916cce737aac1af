#include "tests/testing/phantom_canvas.h"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

namespace fovea {
namespace {

constexpr int kFractionBits = 4;  // Of a coordinate.
constexpr double kOne = 1 << kFractionBits;

}  // namespace

Canvas::Canvas(int width, int height)
    : picture_(height, width, cv::Vec3f(0, 0, 0)),
      radius_(0.48 * std::min(width, height)),
      centre_(width / 2.0, height / 2.0) {}

cv::Point Canvas::Fixed(cv::Point2d place) const {
  const cv::Point2d pixel = centre_ + place * radius_;
  return cv::Point(static_cast<int>(std::lround(pixel.x * kOne)),
                   static_cast<int>(std::lround(pixel.y * kOne)));
}

void Canvas::Dot(cv::Mat1b& layer, cv::Point2d centre, double radius_x, double radius_y,
                 double degrees) const {
  const cv::Size axes(std::max(1, static_cast<int>(std::lround(radius_x * radius_ * kOne))),
                      std::max(1, static_cast<int>(std::lround(radius_y * radius_ * kOne))));
  cv::ellipse(layer, Fixed(centre), axes, degrees, 0, 360, cv::Scalar(255), cv::FILLED,
              cv::LINE_AA, kFractionBits);
}

void Canvas::Line(cv::Mat1b& layer, cv::Point2d from, cv::Point2d to, double width) const {
  const double pixels = width * radius_;
  const int thickness = std::max(1, static_cast<int>(std::lround(pixels)));
  // Lines thinner than a pixel are paler instead.
  const cv::Scalar shade(255 * std::min(1.0, 0.35 + pixels / thickness * 0.65));
  cv::line(layer, Fixed(from), Fixed(to), shade, thickness, cv::LINE_AA, kFractionBits);
}

void Canvas::Blend(const cv::Mat1b& layer, double softness, cv::Scalar colour, double strength) {
  cv::Mat1b soft = layer;
  if (softness * radius_ > 0.3) {
    cv::GaussianBlur(layer, soft, cv::Size(), softness * radius_, 0, cv::BORDER_REPLICATE);
  }
  const cv::Vec3f target(static_cast<float>(colour[0]), static_cast<float>(colour[1]),
                         static_cast<float>(colour[2]));
  for (int y = 0; y < picture_.rows; ++y) {
    for (int x = 0; x < picture_.cols; ++x) {
      const float share = static_cast<float>(soft(y, x) / 255.0 * strength);
      cv::Vec3f& pixel = picture_(y, x);
      pixel += (target - pixel) * share;
    }
  }
}

}  // namespace fovea
