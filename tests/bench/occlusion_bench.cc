// Whether heat maps are hot where a model's evidence is: hides the hottest square of a photograph,
// or another one of the same size, and compares how much the answered grade loses.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "common/base/file.h"
#include "common/base/random_stream.h"
#include "common/base/status.h"
#include "common/dataset/layout.h"
#include "common/evaluation/bootstrap.h"
#include "common/evaluation/decision.h"
#include "common/evaluation/interval.h"
#include "common/evaluation/predictions.h"
#include "common/preprocess/preprocess.h"
#include "server/explain/overlay.h"
#include "server/model/threads.h"
#include "tests/testing/occlusion.h"

namespace fovea {
namespace {

constexpr int kParts = 7;  // Squares have 1, 2 and 3 sevenths of the crop's side.
constexpr int kSizes = 3;
constexpr int kRandom = 8;  // Random squares a photograph.

// What hiding a square cost the answered grade.
struct Loss {
  double logit = 0, probability = 0;
};

// For one photograph and size of squares.
struct Losses {
  Loss hottest, random, others;
};

struct Photograph {
  std::string patient;
  Losses by_size[kSizes];
};

class Bench {
 public:
  Bench(const InferenceModel& model, std::string dir, uint64_t seed)
      : model_(model), spec_(model.manifest().preprocess), dir_(std::move(dir)), random_({seed}) {
    if (model.manifest().calibration) rule_ = model.manifest().calibration->rule;
  }

  absl::Status Add(const DatasetItem& item) {
    FOVEA_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(JoinPath(dir_, item.path)));
    FOVEA_ASSIGN_OR_RETURN(const Image image, LoadImage(bytes, spec_, {}));
    std::vector<float> tensor(static_cast<size_t>(spec_.crop_size) * spec_.crop_size * 3);
    ToTensor(image, CentreCrop(image.width, image.height, spec_), spec_, tensor.data());
    std::vector<ClassMaps> maps(1);
    FOVEA_ASSIGN_OR_RETURN(const std::vector<float> logits,
                           model_.Logits(tensor.data(), 1, absl::MakeSpan(maps)));
    const int grade = Decide(rule_, Doubles(logits)).predicted;
    const HeatMap heat = Enlarge(GradCam(maps[0], grade), spec_.crop_size);
    if (*std::max_element(heat.values.begin(), heat.values.end()) == 0) {
      ++without_heat_;
      return absl::OkStatus();
    }
    Photograph photograph{item.patient, {}};
    bool compared = has_previous_;
    for (int size = 0; size < kSizes; ++size) {
      FOVEA_ASSIGN_OR_RETURN(const bool fits,
                             Measure(tensor, heat, logits, grade, size, &photograph.by_size[size]));
      compared = compared && fits;
    }
    has_previous_ = true;
    if (compared) photographs_.push_back(std::move(photograph));
    return absl::OkStatus();
  }

  absl::Status Print() const;

 private:
  static std::vector<double> Doubles(const std::vector<float>& values) {
    return {values.begin(), values.end()};
  }

  // False where no square of this size lies in the fundus.
  absl::StatusOr<bool> Measure(const std::vector<float>& tensor, const HeatMap& heat,
                               const std::vector<float>& logits, int grade, int size,
                               Losses* losses) {
    const int side = spec_.crop_size * (size + 1) / kParts;
    const std::vector<uint8_t> fundus = FundusOf(CropOf(tensor.data(), spec_));
    const std::vector<Square> anywhere = SquaresInFundus(fundus, spec_.crop_size, side);
    const Square hottest = HottestSquare(heat, side);
    // Where another eye is hottest: tells the heat of this photograph from a place that matters in
    // every photograph, such as the middle.
    std::vector<Square> squares = {hottest, previous_[size]};
    previous_[size] = hottest;
    if (anywhere.empty() || !has_previous_) return false;
    for (int i = 0; i < kRandom; ++i) squares.push_back(anywhere[random_.Below(anywhere.size())]);
    FOVEA_ASSIGN_OR_RETURN(
        const std::vector<std::vector<float>> without,
        LogitsWithout(model_, tensor, fundus, squares));
    const double probability = Decide(rule_, Doubles(logits)).probabilities[grade];
    const auto loss = [&](size_t square) {
      return Loss{logits[grade] - without[square][grade],
                  probability - Decide(rule_, Doubles(without[square])).probabilities[grade]};
    };
    losses->hottest = loss(0);
    losses->others = loss(1);
    for (int i = 0; i < kRandom; ++i) {
      losses->random.logit += loss(2 + i).logit / kRandom;
      losses->random.probability += loss(2 + i).probability / kRandom;
    }
    return true;
  }

  const InferenceModel& model_;
  const PreprocessSpec spec_;
  const std::string dir_;
  DecisionRule rule_;
  RandomStream random_;
  bool has_previous_ = false;
  Square previous_[kSizes];
  int without_heat_ = 0;
  std::vector<Photograph> photographs_;
};

// Means of these values over photographs, with 95 % intervals over patients.
absl::Status PrintRow(const char* what, const std::vector<std::vector<size_t>>& patients,
                      const std::vector<Loss>& losses) {
  const Statistics means = [&losses](const std::vector<size_t>& images) {
    Loss sum;
    for (const size_t image : images) {
      sum.logit += losses[image].logit;
      sum.probability += losses[image].probability;
    }
    const double count = static_cast<double>(images.size());
    return std::vector<double>{sum.logit / count, sum.probability / count};
  };
  FOVEA_ASSIGN_OR_RETURN(const std::vector<std::vector<double>> resamples,
                         Bootstrap(patients, means, {}));
  std::vector<size_t> all;
  for (const std::vector<size_t>& images : patients) {
    all.insert(all.end(), images.begin(), images.end());
  }
  const std::vector<double> mean = means(all);
  const Interval logit = PercentileInterval(resamples[0]);
  const Interval probability = PercentileInterval(resamples[1]);
  std::printf("  %-32s %7.4f [%7.4f, %7.4f]   %7.4f [%7.4f, %7.4f]\n", what, mean[0], logit.low,
              logit.high, mean[1], probability.low, probability.high);
  return absl::OkStatus();
}

absl::Status Bench::Print() const {
  std::printf("%zu photographs compared, %d answers without any heat left out\n",
              photographs_.size(), without_heat_);
  Predictions grouping;
  for (const Photograph& photograph : photographs_) {
    grouping.labels.push_back(0);
    grouping.patients.push_back(photograph.patient);
  }
  const std::vector<std::vector<size_t>> patients = ImagesByPatient(grouping);
  for (int size = 0; size < kSizes; ++size) {
    std::vector<Loss> hottest, random, others, over_random, over_others;
    int wins = 0;
    for (const Photograph& photograph : photographs_) {
      const Losses& losses = photograph.by_size[size];
      const auto difference = [&](const Loss& other) {
        return Loss{losses.hottest.logit - other.logit,
                    losses.hottest.probability - other.probability};
      };
      hottest.push_back(losses.hottest);
      random.push_back(losses.random);
      others.push_back(losses.others);
      over_random.push_back(difference(losses.random));
      over_others.push_back(difference(losses.others));
      wins += losses.hottest.logit > losses.random.logit ? 1 : 0;
    }
    std::printf("%d/%d of the side hidden; the hottest costs more than a random one in %.1f %%\n",
                size + 1, kParts, 100.0 * wins / static_cast<double>(photographs_.size()));
    std::printf("  %-32s %-26s   %s\n", "mean loss of the answered grade", "logit [95 %]",
                "probability [95 %]");
    FOVEA_RETURN_IF_ERROR(PrintRow("the hottest square", patients, hottest));
    FOVEA_RETURN_IF_ERROR(PrintRow("random in the fundus (8 each)", patients, random));
    FOVEA_RETURN_IF_ERROR(PrintRow("the hottest of another eye", patients, others));
    FOVEA_RETURN_IF_ERROR(PrintRow("hottest - random", patients, over_random));
    FOVEA_RETURN_IF_ERROR(PrintRow("hottest - another eye's", patients, over_others));
  }
  return absl::OkStatus();
}

struct Options {
  std::string version, data;
  int min_grade = 2, limit = 1 << 30;
  uint64_t seed = 0;
};

absl::Status Run(const Options& options) {
  FOVEA_ASSIGN_OR_RETURN(const std::shared_ptr<const InferenceModel> model,
                         InferenceModel::Load(options.version, "cpu"));
  FOVEA_ASSIGN_OR_RETURN(const FoundDataset found, FindDataset(options.data, {}));
  Bench bench(*model, options.data, options.seed);
  int added = 0;
  for (const DatasetItem& item : found.items) {
    if (item.part != Part::kTest || item.label < options.min_grade) continue;
    if (added == options.limit) break;
    FOVEA_RETURN_IF_ERROR(bench.Add(item));
    ++added;
  }
  if (added < 2) return FieldError("--data", "has fewer than two such photographs");
  return bench.Print();
}

}  // namespace
}  // namespace fovea

int main(int argc, char** argv) {
  CLI::App app("Occlusion check of heat maps, on the photographs of a test part");
  fovea::Options options;
  app.add_option("--version-dir", options.version, "Folder of a model version, with its manifest")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--data", options.data, "Graded photographs, as `fovea dataset push` takes them")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--min-grade", options.min_grade, "True grade at least (default 2)");
  app.add_option("--limit", options.limit, "Photographs at most (default all)");
  app.add_option("--seed", options.seed, "Of the random squares (default 0)");
  CLI11_PARSE(app, argc, argv);
  fovea::SetTorchThreads(1);
  const absl::Status status = fovea::Run(options);
  if (status.ok()) return 0;
  std::cerr << "error: " << status.message() << "\n";
  return 1;
}
