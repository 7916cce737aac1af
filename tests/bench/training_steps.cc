#include "tests/bench/training_steps.h"

#include "common/base/clock.h"
#include "server/training/sampler.h"

namespace fovea {
namespace {

ResNet FreshModel(Architecture architecture) {
  ResNet model(architecture, kBenchClasses);
  InitWeights(model, /*seed=*/1);
  return model;
}

}  // namespace

OurSteps::OurSteps(const Photographs& photographs, const Attempt& attempt, Phase phase, bool mixed,
                   bool frozen)
    : photographs_(photographs),
      options_(attempt.options),
      phase_(phase),
      mixed_(mixed),
      criterion_{torch::tensor({1.0f, 3.5122f, 3.2093f, 3.6811f, 3.6968f})},
      model_(FreshModel(attempt.options.architecture)),
      optimiser_(MakeOptimiser(model_, phase, options_.recipe)) {
  options_.recipe.head_batch_norm_moves = !frozen;
  frozen_ = CompileFrozenBackbone(model_, phase, options_, torch::kCPU, mixed);
}

std::vector<double> OurSteps::Run(int steps) {
  SetTrainMode(model_, phase_, options_.recipe);
  Loader::Options loading = {.spec = options_.preprocess,
                             .batch_size = options_.recipe.batch_size};
  loading.threads = options_.threads;
  loading.batches = steps;
  std::vector<Sample> samples = photographs_.train;
  const size_t wanted = static_cast<size_t>(steps) * options_.recipe.batch_size;
  while (samples.size() < wanted) {
    samples.push_back(samples[samples.size() % photographs_.train.size()]);
  }
  Loader loader(photographs_.cache.get(), samples,
                TrainingInput(loading.spec, options_.recipe.augmentation, options_.seed, 1),
                loading);
  std::vector<double> milliseconds;
  for (int i = 0; i < steps; ++i) {
    const absl::Duration start = MonotonicNow();
    const Batch batch = loader.Next();
    const DeviceBatch on_device = ToDevice(batch, options_.preprocess.crop_size, torch::kCPU);
    const StepResult result =
        TrainStep(model_, phase_, on_device, criterion_, options_.recipe.learning_rate, &optimiser_,
                  {.mixed = mixed_, .frozen = frozen_.get()});
    meter_.Add(result.loss, batch.size, result.correct);
    milliseconds.push_back(absl::ToDoubleMilliseconds(MonotonicNow() - start));
  }
  return milliseconds;
}

}  // namespace fovea
