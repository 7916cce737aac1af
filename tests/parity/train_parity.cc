// Trains ten batches, five a phase, and writes into the folder of its argument: initial.safetensors,
// batches.safetensors and losses.txt, for train_parity.py to repeat.
#include <chrono>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/file.h"
#include "common/torch/torch.h"
#include "server/model/safetensors_torch.h"
#include "server/model/state_dict.h"
#include "server/training/step.h"

namespace fovea {
namespace {

constexpr int kSteps = 5;  // A phase.
constexpr int kBatch = 16;

absl::Status Save(const NamedTensors& tensors, const std::string& path) {
  const absl::StatusOr<std::string> file = WriteTensorsToString(tensors, {});
  return file.ok() ? WriteFileAtomic(path, *file) : file.status();
}

int Run(const std::string& dir, int side, double smoothing, double backbone_scale) {
  at::set_num_threads(1);
  torch::manual_seed(1);
  ResNet model(Architecture::kResNet18, 5);
  InitWeights(model, 3);
  NamedTensors batches;
  for (int i = 0; i < 2 * kSteps; ++i) {
    batches[absl::StrCat("x", i)] = torch::randn({kBatch, 3, side, side});
    batches[absl::StrCat("y", i)] = torch::randint(5, {kBatch}, torch::kInt64);
  }
  if (!Save(StateDict(*model), JoinPath(dir, "initial.safetensors")).ok()) return 1;
  if (!Save(batches, JoinPath(dir, "batches.safetensors")).ok()) return 1;

  const Loss criterion = {torch::tensor({1.0f, 3.5122f, 3.2093f, 3.6811f, 3.6968f}),
                          smoothing};
  RecipeOptions recipe;
  recipe.backbone_learning_rate_scale = backbone_scale;
  std::string text;
  for (const Phase phase : {Phase::kHead, Phase::kFull}) {
    Sgd optimiser = MakeOptimiser(model, phase, recipe);
    SetTrainMode(model, phase, recipe);
    for (int i = 0; i < kSteps; ++i) {
      const int index = i + (phase == Phase::kFull ? kSteps : 0);
      const DeviceBatch batch = {batches.at(absl::StrCat("x", index))
                                     .contiguous(torch::MemoryFormat::ChannelsLast),
                                 batches.at(absl::StrCat("y", index))};
      const auto start = std::chrono::steady_clock::now();
      const StepResult result =
          TrainStep(model, phase, batch, criterion, recipe.learning_rate, &optimiser);
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
      absl::StrAppendFormat(&text, "%.9g %.6f\n", result.loss, seconds.count());
    }
  }
  return WriteFileAtomic(JoinPath(dir, "losses.txt"), text).ok() ? 0 : 1;
}

}  // namespace
}  // namespace fovea

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: train_parity DIR SIDE LABEL_SMOOTHING BACKBONE_SCALE\n");
    return 2;
  }
  return fovea::Run(argv[1], std::stoi(argv[2]), std::stod(argv[3]), std::stod(argv[4]));
}
