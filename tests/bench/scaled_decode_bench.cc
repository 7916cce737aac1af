// What a scaled decode changes: pictures, verdicts of the quality gate, grades and kappa of a model
// on the test part of graded photographs, each stored as a camera's large JPEG.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "common/base/file.h"
#include "common/base/status.h"
#include "common/dataset/layout.h"
#include "common/evaluation/comparison.h"
#include "common/evaluation/decision.h"
#include "common/preprocess/preprocess.h"
#include "server/model/inference_model.h"
#include "server/model/threads.h"
#include "server/serving/quality_gate.h"
#include "tests/bench/camera_photograph.h"
#include "tests/testing/picture_variants.h"

namespace fovea {
namespace {

struct Options {
  std::string version, data;
  Camera camera;
  int limit = 1 << 30, gate_every = 5;
};

// Of two pictures of the same photograph, in levels of 0..255.
struct Differences {
  int64_t values = 0;
  double absolute = 0, squared = 0;
  int highest = 0;

  void Add(const Image& a, const Image& b) {
    for (size_t i = 0; i < a.rgb.size(); ++i) {
      const int difference = std::abs(a.rgb[i] - b.rgb[i]);
      absolute += difference;
      squared += difference * difference;
      highest = std::max(highest, difference);
    }
    values += static_cast<int64_t>(a.rgb.size());
  }
  void Print(const char* what) const {
    const double count = static_cast<double>(values);
    std::printf("  %-40s mean %.3f, highest %d, PSNR %.1f dB\n", what, absolute / count, highest,
                10 * std::log10(255.0 * 255.0 * count / squared));
  }
};

// How verdicts of the gate differ from those on full decodes.
struct Changes {
  int refused_too = 0, passed_now = 0, other_reasons = 0;
  double sharpness = 0, score = 0;  // The largest difference.

  void Add(const QualityReport& full, const QualityReport& other) {
    if (full.gradable() != other.gradable()) {
      ++(full.gradable() ? refused_too : passed_now);
    } else {
      other_reasons += full.reasons != other.reasons;
    }
    const QualityMeasures &a = full.measures, &b = other.measures;
    sharpness = std::max(sharpness, std::abs(a.sharpness - b.sharpness));
    score = std::max(score, std::abs(a.fundus_score - b.fundus_score));
  }
  void Print(const char* what) const {
    std::printf("    %-30s refused now %d, passed now %d, other reasons %d; sharpness differs "
                "by at most %.3f, score %.2f\n",
                what, refused_too, passed_now, other_reasons, sharpness, score);
  }
};

// Photographs that something was done to before the camera stored them.
struct Variant {
  const char* what;
  std::function<Image(const Image&)> make;
  int files = 0, refused = 0;
  Changes scaled = {}, smaller = {};
};

std::vector<Variant> Variants() {
  const auto exposed = [](double gain) {
    return [gain](const Image& image) { return Exposed(image, gain); };
  };
  const auto natural = [](double gain) {
    return [gain](const Image& image) { return Exposed(NaturalColours(image), gain); };
  };
  return {{"as they are", exposed(1)},
          {"blurred by 1 pixel of 256", [](const Image& image) { return Blurred(image, 1); }},
          {"blurred by 1.5", [](const Image& image) { return Blurred(image, 1.5); }},
          {"every value times 0.25", exposed(0.25)},
          {"every value times 1.2", exposed(1.2)},
          {"every value times 1.5", exposed(1.5)},
          {"30 % cut off", [](const Image& image) { return CutOff(image, 0.3, Side::kLeft); }},
          {"in natural colours", natural(1)},
          {"the same times 1.5", natural(1.5)}};
}

// One photograph as a camera stored it.
struct Decodes {
  DecodedImage full, scaled;
  // In full, of a file that is 1 % smaller: how far figures move over a change that nobody sees.
  DecodedImage smaller;
};

absl::StatusOr<Decodes> DecodesOf(const Image& photograph, Camera camera) {
  PreprocessSpec spec;
  spec.scaled_decode = true;
  Decodes decodes;
  const std::string jpeg = StoredByCamera(photograph, camera);
  FOVEA_ASSIGN_OR_RETURN(decodes.full, DecodePhotograph(jpeg, {}));
  FOVEA_ASSIGN_OR_RETURN(decodes.scaled, DecodePhotograph(jpeg, {}, DecodeOptionsOf(spec)));
  camera.height = camera.height * 99 / 100;
  FOVEA_ASSIGN_OR_RETURN(decodes.smaller,
                         DecodePhotograph(StoredByCamera(photograph, camera), {}));
  return decodes;
}

// What one way to store and decode gives for all photographs.
struct Arm {
  const char* what;
  Predictions predictions = {};
  std::vector<std::vector<float>> logits = {};
};

class Bench {
 public:
  Bench(const InferenceModel& model, const Options& options)
      : model_(model), options_(options), spec_(model.manifest().preprocess) {}

  absl::Status Add(const DatasetItem& item);
  absl::Status Print() const;

 private:
  enum { kSmall, kFull, kScaled, kSmaller, kArms };

  absl::StatusOr<Image> Grade(const DecodedImage& decoded, const DatasetItem& item,
                              Arm* arm) const;
  static absl::Status CompareGate(const Decodes& decodes, Variant* variant);
  absl::Status PrintArm(const Arm& arm) const;

  const InferenceModel& model_;
  const Options options_;
  const PreprocessSpec spec_;
  Differences plain_, prepared_;
  int other_crop_ = 0;  // Photographs whose window around the fundus has another shape.
  std::array<Arm, kArms> arms_ = {Arm{"as published, 256 pixels"}, Arm{"full decode"},
                                  Arm{"scaled decode"},
                                  Arm{"full decode, stored 1 % smaller"}};
  std::vector<Variant> variants_ = Variants();
};

absl::Status Bench::Add(const DatasetItem& item) {
  FOVEA_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(JoinPath(options_.data, item.path)));
  FOVEA_ASSIGN_OR_RETURN(const DecodedImage small, DecodePhotograph(bytes, {}));
  Camera camera = options_.camera;
  camera.seed = arms_[kFull].predictions.images();
  FOVEA_ASSIGN_OR_RETURN(const Decodes decodes, DecodesOf(small.image, camera));
  FOVEA_RETURN_IF_ERROR(Grade(small, item, &arms_[kSmall]).status());
  FOVEA_ASSIGN_OR_RETURN(const Image full, Grade(decodes.full, item, &arms_[kFull]));
  FOVEA_ASSIGN_OR_RETURN(const Image scaled, Grade(decodes.scaled, item, &arms_[kScaled]));
  FOVEA_RETURN_IF_ERROR(Grade(decodes.smaller, item, &arms_[kSmaller]).status());
  if (full.width == scaled.width && full.height == scaled.height) {
    prepared_.Add(full, scaled);
  } else {
    ++other_crop_;
  }
  FOVEA_ASSIGN_OR_RETURN(const Image plain_full, PrepareImage(decodes.full, {}));
  FOVEA_ASSIGN_OR_RETURN(const Image plain_scaled, PrepareImage(decodes.scaled, {}));
  plain_.Add(plain_full, plain_scaled);
  FOVEA_RETURN_IF_ERROR(CompareGate(decodes, &variants_[0]));
  if (camera.seed % options_.gate_every != 0) return absl::OkStatus();
  for (size_t i = 1; i < variants_.size(); ++i) {
    FOVEA_ASSIGN_OR_RETURN(const Decodes worse,
                           DecodesOf(variants_[i].make(small.image), camera));
    FOVEA_RETURN_IF_ERROR(CompareGate(worse, &variants_[i]));
  }
  return absl::OkStatus();
}

// What the model sees of it; its grade goes to the arm.
absl::StatusOr<Image> Bench::Grade(const DecodedImage& decoded, const DatasetItem& item,
                                   Arm* arm) const {
  FOVEA_ASSIGN_OR_RETURN(const Image image, PrepareImage(decoded, spec_));
  std::vector<float> tensor(static_cast<size_t>(spec_.crop_size) * spec_.crop_size * 3);
  ToTensor(image, CentreCrop(image.width, image.height, spec_), spec_, tensor.data());
  FOVEA_ASSIGN_OR_RETURN(const std::vector<float> logits, model_.Logits(tensor.data(), 1));
  const Decision decision = Decide(model_.manifest().decision_rule(),
                                   std::vector<double>(logits.begin(), logits.end()));
  Predictions& predictions = arm->predictions;
  predictions.num_classes = model_.manifest().num_classes;
  predictions.labels.push_back(item.label);
  predictions.patients.push_back(item.patient);
  predictions.predicted.push_back(decision.predicted);
  predictions.probabilities.insert(predictions.probabilities.end(), decision.probabilities.begin(),
                                   decision.probabilities.end());
  arm->logits.push_back(logits);
  return image;
}

// For a model with a resize to 256 pixels, the size that the thresholds are for.
absl::StatusOr<QualityReport> Gate(const DecodedImage& decoded) {
  FOVEA_ASSIGN_OR_RETURN(const Image prepared, PrepareImage(decoded, {}));
  return QualityGate({}).Assess(decoded, prepared, {});
}

absl::Status Bench::CompareGate(const Decodes& decodes, Variant* variant) {
  FOVEA_ASSIGN_OR_RETURN(const QualityReport full, Gate(decodes.full));
  FOVEA_ASSIGN_OR_RETURN(const QualityReport scaled, Gate(decodes.scaled));
  FOVEA_ASSIGN_OR_RETURN(const QualityReport smaller, Gate(decodes.smaller));
  ++variant->files;
  variant->refused += !full.gradable();
  variant->scaled.Add(full, scaled);
  variant->smaller.Add(full, smaller);
  return absl::OkStatus();
}

// How often the grade is that of the full decode, and kappa beside its.
absl::Status Bench::PrintArm(const Arm& arm) const {
  const Arm& full = arms_[kFull];
  int same = 0, far = 0;
  double mean = 0, highest = 0;
  for (size_t i = 0; i < arm.logits.size(); ++i) {
    const int apart = std::abs(arm.predictions.predicted[i] - full.predictions.predicted[i]);
    same += apart == 0;
    far += apart > 1;
    for (size_t k = 0; k < arm.logits[i].size(); ++k) {
      const double change = std::abs(arm.logits[i][k] - full.logits[i][k]);
      mean += change / static_cast<double>(arm.logits.size() * arm.logits[i].size());
      highest = std::max(highest, change);
    }
  }
  FOVEA_ASSIGN_OR_RETURN(const ModelComparison comparison,
                         CompareModels(arm.predictions, full.predictions, {}));
  const MetricDifference& kappa = comparison.at(Metric::kQuadraticWeightedKappa);
  std::printf("  %-32s kappa %.4f, less that of the full decode %+.4f [%+.4f, %+.4f]; accuracy "
              "%.4f; same grade %d of %zu, %d more than one apart; logits differ by %.4f, at most "
              "%.4f\n",
              arm.what, kappa.first, kappa.difference, kappa.interval.low, kappa.interval.high,
              comparison.at(Metric::kAccuracy).first, same, arm.logits.size(), far, mean, highest);
  return absl::OkStatus();
}

absl::Status Bench::Print() const {
  std::printf("%zu photographs of %d x %d pixels, grain %.1f\n", arms_[kFull].logits.size(),
              options_.camera.height * 3 / 2, options_.camera.height, options_.camera.grain);
  std::printf("levels, scaled against full decode:\n");
  plain_.Print("resized to 256 pixels");
  prepared_.Print("as the model prepares them");
  std::printf("  %d photographs whose cut to the fundus has another shape are left out\n",
              other_crop_);
  std::printf("grades:\n");
  for (const Arm& arm : arms_) FOVEA_RETURN_IF_ERROR(PrintArm(arm));
  std::printf("verdicts of the quality gate:\n");
  for (const Variant& variant : variants_) {
    std::printf("  %s: %d files, %d refused\n", variant.what, variant.files, variant.refused);
    variant.scaled.Print(arms_[kScaled].what);
    variant.smaller.Print(arms_[kSmaller].what);
  }
  return absl::OkStatus();
}

absl::Status Run(const Options& options) {
  FOVEA_ASSIGN_OR_RETURN(
      const std::shared_ptr<const InferenceModel> model,
      InferenceModel::Load(options.version, "cpu", PrecisionChoice::kFloat32));
  FOVEA_ASSIGN_OR_RETURN(const FoundDataset found, FindDataset(options.data, {}));
  Bench bench(*model, options);
  int added = 0;
  for (const DatasetItem& item : found.items) {
    if (item.part != Part::kTest) continue;
    if (added == options.limit) break;
    FOVEA_RETURN_IF_ERROR(bench.Add(item));
    ++added;
  }
  if (added < 2) return FieldError("--data", "has fewer than two photographs to test");
  return bench.Print();
}

}  // namespace
}  // namespace fovea

int main(int argc, char** argv) {
  CLI::App app("Scaled against full decodes of photographs that are stored as a camera does");
  fovea::Options options;
  app.add_option("--version-dir", options.version, "Folder of a model version, with its manifest")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--data", options.data, "Graded photographs, as `fovea dataset push` takes them")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--height", options.camera.height, "Of the stored files, pixels (default 2592)");
  app.add_option("--grain", options.camera.grain, "Noise of the camera, levels (default 0)");
  app.add_option("--limit", options.limit, "Photographs at most (default all)");
  app.add_option("--gate-every", options.gate_every,
                 "Of so many photographs one is made worse for the gate (default 5)")
      ->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  fovea::SetTorchThreads(1);
  const absl::Status status = fovea::Run(options);
  if (status.ok()) return 0;
  std::cerr << "error: " << status.message() << "\n";
  return 1;
}
