#include "tests/bench/quality_curves.h"

#include <array>
#include <cmath>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/file.h"
#include "common/quality/quality.h"
#include "tests/bench/picture_files.h"
#include "tests/testing/picture_variants.h"

namespace fovea {
namespace {

using Change = std::function<Image(const Image&, size_t number)>;

// One change of one severity, and how the pictures fared.
struct Point {
  std::string group, name;
  double severity = 0;
  Change change;
  int pictures = 0, refused = 0;
  std::array<int, kQualityReasons> by_reason = {};
};

Image AsItIs(const Image& image, size_t) { return image; }

std::vector<Point> FundusPoints() {
  std::vector<Point> points = {{"set", "photographs", 0, AsItIs},
                               {"set", "photographs, natural colours", 1,
                                [](const Image& image, size_t) { return NaturalColours(image); }}};
  for (const double sigma : {0.0, 0.5, 0.75, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 2.0, 3.0, 4.0}) {
    points.push_back({"blur", "Gaussian blur, sigma in pixels", sigma,
                      [sigma](const Image& image, size_t) { return Blurred(image, sigma); }});
  }
  for (const double gain : {1.0, 0.7, 0.5, 0.4, 0.35, 0.3, 0.275, 0.25, 0.225, 0.2, 0.15, 0.1, 0.05}) {
    points.push_back({"dark", "values times", gain,
                      [gain](const Image& image, size_t) { return Exposed(image, gain); }});
  }
  for (const double gain : {1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.75, 2.0, 2.5, 3.0}) {
    points.push_back({"bright", "values times", gain,
                      [gain](const Image& image, size_t) { return Exposed(image, gain); }});
  }
  for (const double share : {0.0, 0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7}) {
    points.push_back({"cut_off", "share cut off at one side", share,
                      [share](const Image& image, size_t number) {
                        return CutOff(image, share, static_cast<Side>(number % 4));
                      }});
  }
  return points;
}

std::vector<Point> OtherPoints() {
  std::vector<Point> points = {{"set", "other pictures", 2, AsItIs}};
  for (const double zoom : {1.0, 2.0, 4.0}) {
    points.push_back({"set", absl::StrCat("other, in a disc, x ", zoom), 3 + std::log2(zoom),
                      [zoom](const Image& image, size_t number) {
                        return InDisc(image, zoom, number);
                      }});
  }
  return points;
}

void Measure(const std::vector<std::string>& paths, std::vector<Point>& points) {
  for (size_t i = 0; i < paths.size(); ++i) {
    const absl::StatusOr<Image> image = LoadPicture(paths[i]);
    if (!image.ok()) continue;
    for (Point& point : points) {
      const QualityReport report = AssessQuality(point.change(*image, i));
      ++point.pictures;
      point.refused += !report.gradable();
      for (const QualityReason reason : report.reasons) {
        ++point.by_reason[static_cast<int>(reason)];
      }
    }
  }
}

// E. B. Wilson (J. Am. Stat. Assoc. 22, 1927), 95 %, of `count` in `total`, as shares.
std::pair<double, double> WilsonInterval(int count, int total) {
  constexpr double kZ = 1.959964;
  const double n = total, share = count / n, z2 = kZ * kZ;
  const double centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const double half =
      kZ / (1 + z2 / n) * std::sqrt(share * (1 - share) / n + z2 / (4 * n * n));
  return {centre - half, centre + half};
}

void AppendLines(const std::vector<Point>& points, std::string& text) {
  for (const Point& p : points) {
    if (p.pictures == 0) continue;
    const auto [low, high] = WilsonInterval(p.refused, p.pictures);
    absl::StrAppendFormat(&text, "%s,\"%s\",%g,%d,%d,%.2f,%.2f,%.2f", p.group, p.name, p.severity,
                          p.pictures, p.refused, 100.0 * p.refused / p.pictures, 100 * low,
                          100 * high);
    for (const int count : p.by_reason) absl::StrAppend(&text, ",", count);
    text += "\n";
  }
}

}  // namespace

absl::Status WriteQualityCurves(const std::vector<std::string>& fundus,
                                const std::vector<std::string>& other, const std::string& csv) {
  std::string text =
      "group,name,severity,pictures,refused,refused_percent,low_percent,high_percent";
  for (int i = 0; i < kQualityReasons; ++i) {
    absl::StrAppend(&text, ",", QualityReasonName(static_cast<QualityReason>(i)));
  }
  text += "\n";
  std::vector<Point> points = FundusPoints();
  Measure(fundus, points);
  AppendLines(points, text);
  points = OtherPoints();
  Measure(other, points);
  AppendLines(points, text);
  return WriteFileAtomic(csv, text);
}

}  // namespace fovea
