// Milliseconds of a training step, ours against Python PyTorch's: ResNet18, all parameters, 224 px.
// Ours begins with the cache: crop, mirror, normalise, step. Python's batches are ready in memory.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/sha256.h"
#include "common/torch/torch.h"
#include "server/model/safetensors_torch.h"
#include "server/model/state_dict.h"
#include "server/training/loader.h"
#include "server/training/meters.h"
#include "server/training/step.h"
#include "tests/bench/check.h"
#include "tests/bench/median.h"
#include "tests/bench/python_side.h"
#include "tests/testing/phantom.h"

namespace fovea {
namespace {

constexpr int kClasses = 5;
constexpr int kPhotographs = 64;

struct Options {
  int threads = 2;
  int rounds = 7;
  int steps = 6;  // A round and side.
  int warm_up = 3;  // Of those: not counted. The loader's lead over the steps is used up in them.
  int batch_size = 16;
};

std::unique_ptr<ImageCache> MakeCache(const std::string& dir, int threads) {
  std::vector<DatasetItem> items;
  for (int i = 0; i < kPhotographs; ++i) {
    Phantom phantom;
    phantom.patient = i;
    phantom.grade = i % kClasses;
    phantom.width = 340;
    const std::string bytes = EncodeJpeg(PaintPhantom(phantom));
    DatasetItem item;
    item.path = absl::StrCat(i, ".jpg");
    item.label = phantom.grade;
    item.sha256 = Sha256Hex(bytes);
    item.size = static_cast<int64_t>(bytes.size());
    Check(WriteFileAtomic(JoinPath(dir, item.path), bytes));
    items.push_back(item);
  }
  CacheOptions options;
  options.dir = JoinPath(dir, "cache");
  options.dataset_fingerprint = DatasetFingerprint(items);
  options.files = {dir, false};
  options.threads = threads;
  return Check(ImageCache::Open(options, items, StopSignal(), [](const CacheProgress&) {}));
}

std::vector<Sample> MakeSamples(int64_t count) {
  std::vector<Sample> samples;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t item = i % kPhotographs;
    samples.push_back({static_cast<size_t>(item), item % kClasses});
  }
  return samples;
}

// The trainer's loop.
class OurSide {
 public:
  OurSide(ImageCache* cache, const Options& options, ResNet model)
      : model_(std::move(model)),
        optimiser_(MakeOptimiser(model_, Phase::kFull, recipe_)),
        loader_(cache, MakeSamples(int64_t{options.rounds} * options.steps * options.batch_size),
                TrainingInput(spec_, recipe_.augmentation, /*seed=*/1, /*epoch=*/1),
                {spec_, options.batch_size, options.threads, 0,
                 int64_t{options.rounds} * options.steps}) {
    SetTrainMode(model_, Phase::kFull, recipe_);
  }

  // Milliseconds of each of `steps` training steps.
  std::vector<double> Train(int steps) {
    std::vector<double> milliseconds;
    for (int i = 0; i < steps; ++i) {
      const absl::Duration start = MonotonicNow();
      const Batch batch = loader_.Next();
      const DeviceBatch on_device = ToDevice(batch, spec_.crop_size, torch::kCPU);
      const StepResult result =
          TrainStep(model_, Phase::kFull, on_device, criterion_, recipe_.learning_rate,
                    &optimiser_);
      meter_.Add(result.loss, batch.size, result.correct);
      milliseconds.push_back(absl::ToDoubleMilliseconds(MonotonicNow() - start));
    }
    return milliseconds;
  }

 private:
  const RecipeOptions recipe_;
  const PreprocessSpec spec_;
  const Loss criterion_ = {torch::tensor({1.0f, 3.5122f, 3.2093f, 3.6811f, 3.6968f})};
  ResNet model_;
  Sgd optimiser_;
  TrainMeter meter_;
  Loader loader_;
};

// Keeps the steps that count, and prints all of them.
void AddCounted(const char* side, const std::vector<double>& round, int warm_up,
                std::vector<double>* all) {
  std::printf("%-6s", side);
  for (const double milliseconds : round) std::printf(" %.3f", milliseconds);
  std::printf("\n");
  std::fflush(stdout);
  all->insert(all->end(), round.begin() + warm_up, round.end());
}

void Run(const Options& options, const std::string& dir) {
  const std::unique_ptr<ImageCache> cache = MakeCache(dir, options.threads);
  at::set_num_threads(options.threads);
  ResNet model(Architecture::kResNet18, kClasses);
  InitWeights(model, /*seed=*/1);
  const std::string weights = JoinPath(dir, "initial.safetensors");
  Check(WriteFileAtomic(weights, Check(WriteTensorsToString(StateDict(*model), {}))));

  const std::string root = FOVEA_SOURCE_DIR;
  PythonSide python({root + "/.venv/bin/python", root + "/tests/bench/train_step.py", weights,
                     absl::StrCat(options.threads), absl::StrCat(options.batch_size)});
  OurSide ours(cache.get(), options, model);
  std::vector<double> our_times, python_times;
  for (int round = 0; round < options.rounds; ++round) {
    AddCounted("ours", ours.Train(options.steps), options.warm_up, &our_times);
    AddCounted("python", python.Ask(absl::StrCat(options.steps), options.steps), options.warm_up,
               &python_times);
  }
  const double our_median = Median(our_times), python_median = Median(python_times);
  std::printf("threads %d, batch %d, %zu steps a side, medians\n", options.threads,
              options.batch_size, our_times.size());
  std::printf("ours_ms %.1f\npython_ms %.1f\nratio %.3f\n", our_median, python_median,
              our_median / python_median);
}

}  // namespace
}  // namespace fovea

int main(int argc, char** argv) {
  fovea::Options options;
  CLI::App app("Compares a training step with PyTorch in Python; the goal is a ratio up to 1.15.");
  app.add_option("--threads", options.threads, "Of each side")->check(CLI::Range(1, 64));
  app.add_option("--rounds", options.rounds, "Of ours, then Python's")->check(CLI::Range(1, 1000));
  app.add_option("--steps", options.steps, "A round and side, the first 3 not counted")
      ->check(CLI::Range(4, 1000));
  app.add_option("--batch-size", options.batch_size)->check(CLI::Range(2, 256));
  CLI11_PARSE(app, argc, argv);
  const std::string dir = fovea::Check(fovea::MakeTempDir("fovea-bench"));
  fovea::Run(options, dir);
  fovea::Check(fovea::RemoveAll(dir));
  return 0;
}
