// The quality gate on real photographs, on ones made worse, and on pictures of other things.
#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/preprocess/preprocess.h"
#include "common/quality/fundus_features.h"
#include "common/quality/quality.h"
#include "tests/bench/picture_files.h"
#include "tests/bench/quality_cost.h"
#include "tests/bench/quality_curves.h"
#include "tests/testing/picture_variants.h"
#include "tests/testing/phantom.h"

namespace fovea {
namespace {

struct Options {
  std::string fundus, list, other, features, measures, curves;
  bool cost = false;
  int every = 1, first = 0, painted = 100;
};

// Passes every picture of a set to a function.
using Pictures = std::function<void(const std::function<void(const Image&)>& use)>;

// How a set of pictures fared.
struct Tally {
  int pictures = 0, refused = 0;
  std::array<int, kQualityReasons> by_reason = {};
};

// Writes features or measures as lines of csv, for choosing rules and thresholds.
class Table {
 public:
  explicit Table(const std::string& path) : wanted_(!path.empty()), file_(path) {
    if (wanted_ && !file_) std::cerr << path << ": cannot be written\n";
  }
  bool wanted() const { return wanted_; }
  template <typename Values>
  void Add(const std::string& set, const Values& values) {
    file_ << set;
    for (const double value : values) file_ << absl::StrFormat(",%.9g", value);
    file_ << "\n";
  }

 private:
  const bool wanted_;
  std::ofstream file_;
};

class Bench {
 public:
  explicit Bench(const Options& options)
      : features_(options.features), measures_(options.measures) {}

  void Measure(const std::string& set, const Pictures& pictures) {
    Tally tally;
    pictures([&](const Image& image) { Add(set, image, tally); });
    if (tally.pictures == 0) return;
    const auto percent = [&](int count) { return 100.0 * count / tally.pictures; };
    std::printf("%-28s %6d  %6.1f  ", set.c_str(), tally.pictures, percent(tally.refused));
    for (const int count : tally.by_reason) std::printf(" %6.1f", percent(count));
    std::printf("\n");
    std::fflush(stdout);
  }

  static void PrintHead() {
    std::printf("%-28s %6s  %6s  ", "% of the set", "number", "refused");
    for (const char* name : {"small", "other", "blur", "dark", "bright", "cut"}) std::printf(" %6s", name);
    std::printf("\n");
  }

  void PrintTime() const {
    std::vector<double> times = times_;
    if (times.empty()) return;
    std::sort(times.begin(), times.end());
    std::printf("milliseconds a picture: median %.2f, 99 %% within %.2f\n",
                times[times.size() / 2], times[times.size() * 99 / 100]);
  }

 private:
  void Add(const std::string& set, const Image& image, Tally& tally) {
    const absl::Duration start = MonotonicNow();
    const QualityReport report = AssessQuality(image);
    times_.push_back(absl::ToDoubleMilliseconds(MonotonicNow() - start));
    ++tally.pictures;
    tally.refused += !report.gradable();
    for (const QualityReason reason : report.reasons) ++tally.by_reason[static_cast<int>(reason)];
    const QualityMeasures& m = report.measures;
    if (measures_.wanted()) {
      measures_.Add(set, std::array{m.fundus_score, m.sharpness, m.brightness, m.dark_share,
                                    m.saturated_share, m.visible_share});
    }
    if (!features_.wanted()) return;
    const Field field = FindField(image);
    if (field.found()) features_.Add(set, MeasureFundusFeatures(image, field));
  }

  Table features_, measures_;
  std::vector<double> times_;
};

Pictures FromFiles(const std::vector<std::string>& paths,
                   const std::function<Image(const Image&, size_t)>& change) {
  return [&paths, change](const std::function<void(const Image&)>& use) {
    for (size_t i = 0; i < paths.size(); ++i) {
      const absl::StatusOr<Image> image = LoadPicture(paths[i]);
      if (!image.ok()) {
        std::cerr << paths[i] << ": " << image.status().message() << "\n";
        continue;
      }
      use(change(*image, i));
    }
  };
}

Image AsItIs(const Image& image, size_t) { return image; }

void MeasureFundus(const std::vector<std::string>& paths, Bench& bench) {
  bench.Measure("photographs", FromFiles(paths, AsItIs));
  bench.Measure("natural colours", FromFiles(paths, [](const Image& image, size_t) {
                  return NaturalColours(image);
                }));
  for (const double sigma : {0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0}) {
    bench.Measure(absl::StrCat("blurred by sigma ", sigma),
                  FromFiles(paths, [sigma](const Image& image, size_t) {
                    return Blurred(image, sigma);
                  }));
  }
  for (const double gain : {0.7, 0.5, 0.35, 0.25, 0.15, 0.1, 0.05, 1.2, 1.5, 2.0, 3.0}) {
    bench.Measure(absl::StrCat("exposure x ", gain),
                  FromFiles(paths, [gain](const Image& image, size_t) {
                    return Exposed(image, gain);
                  }));
  }
  for (const double share : {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7}) {
    bench.Measure(absl::StrCat("cut off by ", share),
                  FromFiles(paths, [share](const Image& image, size_t i) {
                    return CutOff(image, share, static_cast<Side>(i % 4));
                  }));
  }
}

void MeasureOther(const std::vector<std::string>& paths, Bench& bench) {
  bench.Measure("other", FromFiles(paths, AsItIs));
  for (const double zoom : {1.0, 2.0, 4.0}) {
    bench.Measure(absl::StrCat("other in disc zoomed x ", zoom),
                  FromFiles(paths, [zoom](const Image& image, size_t i) {
                    return InDisc(image, zoom, i);
                  }));
  }
}

void MeasurePainted(const Options& options, Bench& bench) {
  static const char* const kNames[kPaintedKinds] = {
      "flat", "gradient", "noise", "clouds", "checkerboard", "document", "craters"};
  for (int kind = 0; kind < kPaintedKinds; ++kind) {
    for (const bool disc : {false, true}) {
      bench.Measure(absl::StrCat(kNames[kind], disc ? " in disc" : ""),
                    [&](const std::function<void(const Image&)>& use) {
                      for (int i = 0; i < options.painted; ++i) {
                        const uint64_t seed = options.first * 100'000 + i;
                        const Image image = Paint(static_cast<Painted>(kind), seed);
                        use(disc ? InDisc(image, 1, seed) : image);
                      }
                    });
    }
  }
}

// At the sizes of tests and of the quick start, too; never enlarged.
void MeasurePhantoms(const Options& options, Bench& bench) {
  constexpr std::pair<int, int> kSizes[] = {
      {64, 64}, {128, 72}, {128, 128}, {256, 256}, {512, 256}};
  for (const auto& [side, short_side] : kSizes) {
    bench.Measure(absl::StrCat("phantom of ", side, " at ", short_side),
                  [&](const std::function<void(const Image&)>& use) {
                    for (int i = 0; i < options.painted; ++i) {
                      const uint64_t patient = options.first * 100'000 + i / 2;
                      const Phantom phantom{patient, (i / 2) % 5, i % 2 == 0, side, side};
                      use(*ResizeShortSide(PaintPhantom(phantom), short_side));
                    }
                  });
  }
}

absl::Status Run(const Options& options) {
  if (options.cost) {
    PrintQualityCost();
    return absl::OkStatus();
  }
  std::vector<std::string> fundus, other;
  if (!options.fundus.empty()) {
    FOVEA_ASSIGN_OR_RETURN(fundus,
                           options.list.empty()
                               ? PicturesBeneath(options.fundus, options.every, options.first)
                               : PicturesOfList(options.fundus, options.list));
  }
  if (!options.other.empty()) {
    FOVEA_ASSIGN_OR_RETURN(other, PicturesBeneath(options.other, options.every, options.first));
  }
  if (!options.curves.empty()) return WriteQualityCurves(fundus, other, options.curves);
  Bench bench(options);
  Bench::PrintHead();
  if (!fundus.empty()) {
    MeasureFundus(fundus, bench);
    MeasurePhantoms(options, bench);
  }
  if (!other.empty()) {
    MeasureOther(other, bench);
    MeasurePainted(options, bench);
  }
  bench.PrintTime();
  return absl::OkStatus();
}

}  // namespace
}  // namespace fovea

int main(int argc, char** argv) {
  fovea::Options options;
  CLI::App app{"Measures the quality gate."};
  app.add_option("--fundus", options.fundus, "Folder of fundus photographs");
  app.add_option("--list", options.list, "Only those: names without .jpeg, one a line");
  app.add_option("--other", options.other, "Folder of pictures of other things");
  app.add_option("--every", options.every, "Only every so manieth file of a folder")
      ->capture_default_str();
  app.add_option("--first", options.first, "From this file of a folder on, and for the seeds")
      ->capture_default_str();
  app.add_option("--painted", options.painted, "Painted pictures of each kind")
      ->capture_default_str();
  app.add_option("--features", options.features, "Write the features to this file");
  app.add_option("--measures", options.measures, "Write the measures to this file");
  app.add_option("--curves", options.curves,
                 "Instead of tables: refusals against severity, csv, for docs/figures/quality-gate.gnuplot");
  app.add_flag("--cost", options.cost, "Instead of tables: time of the gate beside that of decoding");
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = fovea::Run(options);
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
