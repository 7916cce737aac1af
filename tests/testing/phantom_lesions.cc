#include <cmath>

#include "tests/testing/phantom_canvas.h"

namespace fovea {
namespace {

constexpr double kPi = 3.14159265358979;

// How many of each a grade has; the sizes are exaggerated, so that a small network learns them in a
// few epochs.
struct Counts {
  int microaneurysms, haemorrhages, exudates, cotton_wool, tangles;
};
constexpr Counts kCounts[] = {
    {0, 0, 0, 0, 0}, {14, 0, 0, 0, 0}, {26, 9, 16, 0, 0}, {36, 26, 26, 6, 0}, {40, 32, 34, 8, 4}};

cv::Point2d Direction(double angle) { return {std::cos(angle), std::sin(angle)}; }

// Anywhere in the fundus but on the optic disc.
cv::Point2d Place(const Landmarks& landmarks, Dice& dice) {
  cv::Point2d place;
  do {
    const double angle = dice.Uniform(0, 2 * kPi);
    const double distance = 0.85 * std::sqrt(dice.Uniform(0.01, 1));
    place = Direction(angle) * distance;
  } while (cv::norm(place - landmarks.disc) < 0.25);
  return place;
}

void PaintMicroaneurysms(int count, const Landmarks& landmarks, Dice& dice, Canvas& canvas) {
  cv::Mat1b layer = canvas.NewLayer();
  for (int i = 0; i < count; ++i) {
    const double radius = dice.Uniform(0.012, 0.02);
    canvas.Dot(layer, Place(landmarks, dice), radius, radius);
  }
  canvas.Blend(layer, 0.003, cv::Scalar(95, 12, 10), 0.9);
}

void PaintHaemorrhages(int count, const Landmarks& landmarks, Dice& dice, Canvas& canvas) {
  cv::Mat1b layer = canvas.NewLayer();
  for (int i = 0; i < count; ++i) {
    const cv::Point2d place = Place(landmarks, dice);
    for (int blot = 0; blot < 3; ++blot) {
      const cv::Point2d offset(dice.Uniform(-0.025, 0.025), dice.Uniform(-0.025, 0.025));
      canvas.Dot(layer, place + offset, dice.Uniform(0.02, 0.05), dice.Uniform(0.02, 0.035),
                 dice.Uniform(0, 180));
    }
  }
  canvas.Blend(layer, 0.008, cv::Scalar(80, 8, 8), 0.92);
}

// Bright, sharp, in clusters around the macula.
void PaintExudates(int count, const Landmarks& landmarks, Dice& dice, Canvas& canvas) {
  cv::Mat1b layer = canvas.NewLayer();
  for (int i = 0; i < count; ++i) {
    const double angle = dice.Uniform(0, 2 * kPi);
    const double distance = dice.Uniform(0.15, 0.55);
    const cv::Point2d place = landmarks.macula + Direction(angle) * distance;
    for (int grain = 0; grain < 4; ++grain) {
      const cv::Point2d offset(dice.Uniform(-0.035, 0.035), dice.Uniform(-0.035, 0.035));
      canvas.Dot(layer, place + offset, dice.Uniform(0.01, 0.024), dice.Uniform(0.01, 0.02));
    }
  }
  canvas.Blend(layer, 0.004, cv::Scalar(250, 226, 120), 0.95);
}

void PaintCottonWool(int count, const Landmarks& landmarks, Dice& dice, Canvas& canvas) {
  cv::Mat1b layer = canvas.NewLayer();
  for (int i = 0; i < count; ++i) {
    canvas.Dot(layer, Place(landmarks, dice), dice.Uniform(0.05, 0.09), dice.Uniform(0.04, 0.06),
               dice.Uniform(0, 180));
  }
  canvas.Blend(layer, 0.03, cv::Scalar(245, 238, 215), 0.85);
}

// New vessels: fine tangles about the disc, and one large haemorrhage before the retina.
void PaintNewVessels(int count, const Landmarks& landmarks, Dice& dice, Canvas& canvas) {
  if (count == 0) return;
  cv::Mat1b vessels = canvas.NewLayer();
  for (int i = 0; i < count; ++i) {
    const cv::Point2d middle =
        i < 2 ? landmarks.disc * 0.95 + cv::Point2d(dice.Uniform(-0.1, 0.1), dice.Uniform(-0.1, 0.1))
              : Place(landmarks, dice);
    cv::Point2d from = middle;
    for (int turn = 0; turn < 60; ++turn) {
      const cv::Point2d to = middle + Direction(dice.Uniform(0, 2 * kPi)) * dice.Uniform(0, 0.16);
      canvas.Line(vessels, from, to, 0.008);
      from = to;
    }
  }
  canvas.Blend(vessels, 0.003, cv::Scalar(135, 14, 16), 0.9);

  cv::Mat1b pool = canvas.NewLayer();
  const double side = dice.Below(2) == 0 ? -1 : 1;
  canvas.Dot(pool, {dice.Uniform(-0.3, 0.3), side * dice.Uniform(0.5, 0.6)},
             dice.Uniform(0.22, 0.34), dice.Uniform(0.12, 0.18), dice.Uniform(-10, 10));
  canvas.Blend(pool, 0.015, cv::Scalar(70, 4, 6), 0.95);
}

}  // namespace

void PaintLesions(int grade, const Landmarks& landmarks, Dice& dice, Canvas& canvas) {
  const Counts& counts = kCounts[grade];
  PaintCottonWool(counts.cotton_wool, landmarks, dice, canvas);
  PaintHaemorrhages(counts.haemorrhages, landmarks, dice, canvas);
  PaintExudates(counts.exudates, landmarks, dice, canvas);
  PaintMicroaneurysms(counts.microaneurysms, landmarks, dice, canvas);
  PaintNewVessels(counts.tangles, landmarks, dice, canvas);
}

}  // namespace fovea
