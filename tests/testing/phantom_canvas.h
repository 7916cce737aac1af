// What the painters of anatomy and lesions share. Not for tests.
#pragma once

#include <cstdint>
#include <initializer_list>

#include <opencv2/core.hpp>

#include "common/base/random_stream.h"

namespace fovea {

// Numbers for painting.
class Dice {
 public:
  explicit Dice(std::initializer_list<uint64_t> parts) : stream_(parts) {}

  double Uniform(double low, double high) {
    return low + (high - low) * (static_cast<double>(stream_.Next() >> 11) * 0x1p-53);
  }
  uint64_t Below(uint64_t bound) { return stream_.Below(bound); }

 private:
  RandomStream stream_;
};

// A picture that grows layer by layer. Places are in units of the fundus's radius, from its centre.
class Canvas {
 public:
  Canvas(int width, int height);

  // A layer is 0 where nothing is painted and 255 where the colour covers.
  cv::Mat1b NewLayer() const { return cv::Mat1b::zeros(picture_.size()); }
  void Dot(cv::Mat1b& layer, cv::Point2d centre, double radius_x, double radius_y,
           double degrees = 0) const;
  void Line(cv::Mat1b& layer, cv::Point2d from, cv::Point2d to, double width) const;
  // Softens the layer by a Gaussian of that radius, then mixes the colour (RGB) in.
  void Blend(const cv::Mat1b& layer, double softness, cv::Scalar colour, double strength);

  cv::Mat3f& picture() { return picture_; }
  double radius() const { return radius_; }      // Pixels.
  cv::Point2d centre() const { return centre_; }  // Pixels.

 private:
  cv::Point Fixed(cv::Point2d place) const;

  cv::Mat3f picture_;  // RGB, 0..255.
  const double radius_;
  const cv::Point2d centre_;
};

// Where the landmarks of a right eye lie.
struct Landmarks {
  cv::Point2d disc;
  cv::Point2d macula;
};

// Paints microaneurysms, haemorrhages, exudates, cotton-wool spots and new vessels for the grade.
void PaintLesions(int grade, const Landmarks& landmarks, Dice& dice, Canvas& canvas);

}  // namespace fovea
