#include "tests/testing/phantom.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/testing/phantom_canvas.h"

namespace fovea {
namespace {

constexpr uint64_t kAnatomy = 1;
constexpr uint64_t kEye = 2;
constexpr uint64_t kLesions = 3;

// An orange-red ground, darker outwards, with the soft mottling of the choroid.
void PaintGround(Dice& dice, Canvas& canvas) {
  const cv::Vec3f colour(static_cast<float>(dice.Uniform(185, 225)),
                         static_cast<float>(dice.Uniform(82, 112)),
                         static_cast<float>(dice.Uniform(32, 58)));
  cv::Mat1f mottling(9, 9);
  for (float& value : mottling) value = static_cast<float>(dice.Uniform(0.86, 1.14));
  cv::Mat3f& picture = canvas.picture();
  cv::resize(mottling, mottling, picture.size(), 0, 0, cv::INTER_CUBIC);
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      const double r = cv::norm(cv::Point2d(x + 0.5, y + 0.5) - canvas.centre()) / canvas.radius();
      picture(y, x) = colour * static_cast<float>(1.05 - 0.5 * r * r) * mottling(y, x);
    }
  }
}

void PaintDiscAndMacula(const Landmarks& landmarks, Canvas& canvas) {
  cv::Mat1b macula = canvas.NewLayer();
  canvas.Dot(macula, landmarks.macula, 0.12, 0.12);
  canvas.Blend(macula, 0.07, cv::Scalar(95, 30, 15), 0.75);
  cv::Mat1b disc = canvas.NewLayer();
  canvas.Dot(disc, landmarks.disc, 0.135, 0.155);
  canvas.Blend(disc, 0.015, cv::Scalar(246, 205, 130), 0.95);
  cv::Mat1b cup = canvas.NewLayer();
  canvas.Dot(cup, landmarks.disc, 0.06, 0.065);
  canvas.Blend(cup, 0.02, cv::Scalar(255, 240, 200), 0.9);
}

// One vessel that bends towards `bend` (radians a step) and gives off thinner ones.
void GrowVessel(cv::Point2d from, double heading, double bend, double width, int depth, Dice& dice,
                const Canvas& canvas, cv::Mat1b& layer) {
  constexpr double kStep = 0.05;
  for (int step = 0; step < 34 && width > 0.004; ++step) {
    heading += bend + dice.Uniform(-0.11, 0.11);
    const cv::Point2d to = from + cv::Point2d(std::cos(heading), std::sin(heading)) * kStep;
    canvas.Line(layer, from, to, width);
    from = to;
    width *= 0.965;
    if (depth > 0 && dice.Below(6) == 0) {
      const double side = dice.Below(2) == 0 ? -1 : 1;
      GrowVessel(from, heading + side * dice.Uniform(0.4, 0.8), -0.3 * bend, width * 0.62,
                 depth - 1, dice, canvas, layer);
    }
  }
}

// Arteries and veins in four arcades around the macula, and two that leave towards the nose.
void PaintVessels(const Landmarks& landmarks, Dice& dice, Canvas& canvas) {
  struct Arcade {
    double heading, bend;
  };
  const Arcade arcades[] = {{-1.75, -0.048}, {1.75, 0.048}, {-1.3, 0.02}, {1.3, -0.02}};
  const cv::Scalar colours[] = {cv::Scalar(120, 18, 14), cv::Scalar(165, 38, 26)};
  for (int kind = 0; kind < 2; ++kind) {
    cv::Mat1b layer = canvas.NewLayer();
    for (const Arcade& arcade : arcades) {
      GrowVessel(landmarks.disc, arcade.heading + dice.Uniform(-0.2, 0.2),
                 arcade.bend * dice.Uniform(0.8, 1.2), kind == 0 ? 0.034 : 0.024, 2, dice, canvas,
                 layer);
    }
    canvas.Blend(layer, 0.004, colours[kind], 0.8);
  }
}

// Black outside the fundus.
void PaintMask(Canvas& canvas) {
  cv::Mat1b fundus = canvas.NewLayer();
  canvas.Dot(fundus, {0, 0}, 1, 1);
  cv::Mat1b outside = ~fundus;
  canvas.Blend(outside, 0, cv::Scalar(0, 0, 0), 1);
}

// Exposure differs from eye to eye, and every camera adds a little noise.
void Expose(Dice& dice, cv::Mat3f& picture) {
  const float gain = static_cast<float>(dice.Uniform(0.85, 1.1));
  for (cv::Vec3f& pixel : picture) {
    const float noise = static_cast<float>(dice.Uniform(-3, 3));
    pixel = pixel * gain + cv::Vec3f(noise, noise, noise) * (pixel[0] > 8 ? 1.0f : 0.0f);
  }
}

std::string Encode(const char* extension, const Image& image, const std::vector<int>& options) {
  const cv::Mat rgb(image.height, image.width, CV_8UC3, const_cast<uint8_t*>(image.rgb.data()));
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  std::vector<uint8_t> bytes;
  cv::imencode(extension, bgr, bytes, options);
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace

Image PaintPhantom(const Phantom& phantom) {
  Dice anatomy({phantom.patient, kAnatomy});
  Dice eye({phantom.patient, kEye, phantom.left});
  Dice lesions({phantom.patient, kLesions, phantom.left});
  const double drift = eye.Uniform(-0.06, 0.06);
  const Landmarks landmarks = {{0.52 + eye.Uniform(-0.04, 0.04), drift - 0.03},
                               {-0.14 + eye.Uniform(-0.03, 0.03), drift + 0.03}};

  // Every eye is painted as a right one; the left is its mirror image.
  Canvas canvas(phantom.width, phantom.height);
  PaintGround(anatomy, canvas);
  PaintDiscAndMacula(landmarks, canvas);
  PaintVessels(landmarks, anatomy, canvas);
  PaintLesions(phantom.grade, landmarks, lesions, canvas);
  Expose(eye, canvas.picture());
  PaintMask(canvas);

  Image image{phantom.width, phantom.height, {}};
  image.rgb.resize(static_cast<size_t>(image.width) * image.height * 3);
  cv::Mat out(image.height, image.width, CV_8UC3, image.rgb.data());
  canvas.picture().convertTo(out, CV_8U);
  if (phantom.left) cv::flip(out, out, 1);
  return image;
}

std::string EncodeJpeg(const Image& image) {
  return Encode(".jpg", image, {cv::IMWRITE_JPEG_QUALITY, 92});
}

std::string EncodePng(const Image& image) { return Encode(".png", image, {}); }

}  // namespace fovea
