#include "tests/bench/camera_photograph.h"

#include <algorithm>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/testing/phantom.h"

namespace fovea {
namespace {

constexpr uint8_t kBlack = 8;  // Up to here.

void AddGrain(double deviation, uint64_t seed, cv::Mat3b& picture) {
  cv::RNG random(seed);
  cv::Mat3s noise(picture.size());
  random.fill(noise, cv::RNG::NORMAL, 0, deviation);
  cv::Mat3b noisy;
  cv::add(picture, noise, noisy, cv::noArray(), CV_8U);
  cv::Mat1b luminance;
  cv::cvtColor(picture, luminance, cv::COLOR_RGB2GRAY);
  noisy.copyTo(picture, luminance > kBlack);
}

}  // namespace

std::string StoredByCamera(const Image& photograph, const Camera& camera) {
  Image stored = BlankImage(camera.height * 3 / 2, camera.height);
  cv::Mat3b frame(stored.height, stored.width, reinterpret_cast<cv::Vec3b*>(stored.rgb.data()));
  const cv::Mat small(photograph.height, photograph.width, CV_8UC3,
                      const_cast<uint8_t*>(photograph.rgb.data()));
  const double scale = std::min(1.0 * stored.width / photograph.width,
                                1.0 * stored.height / photograph.height);
  cv::Mat3b large;
  cv::resize(small, large, cv::Size(), scale, scale, cv::INTER_LANCZOS4);
  if (camera.grain > 0) AddGrain(camera.grain, camera.seed, large);
  const cv::Rect place((frame.cols - large.cols) / 2, (frame.rows - large.rows) / 2, large.cols,
                       large.rows);
  large.copyTo(frame(place));
  return EncodeJpeg(stored);
}

}  // namespace fovea
