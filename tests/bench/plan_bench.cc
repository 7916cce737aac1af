// Milliseconds of inference an image: the plan in each precision that the processor is made for,
// against eager LibTorch on the same network and inputs.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/torch/torch.h"
#include "server/model/threads.h"
#include "server/model/plan/compile.h"
#include "server/model/plan/quantisation.h"
#include "tests/bench/median.h"

namespace fovea {
namespace {

struct Side {
  std::string name;
  std::function<torch::Tensor(const torch::Tensor&)> run;
  std::vector<double> ms = {};  // An image, of each round.
};

double Milliseconds(const Side& side, const torch::Tensor& inputs, int repeats) {
  const absl::Duration start = MonotonicNow();
  for (int i = 0; i < repeats; ++i) side.run(inputs);
  return absl::ToDoubleMilliseconds(MonotonicNow() - start) /
         static_cast<double>(repeats * inputs.size(0));
}

std::vector<Side> Sides(ResNet network, int64_t batch, int64_t crop) {
  std::vector<Side> sides;
  sides.push_back(
      {"eager", [network](const torch::Tensor& x) mutable { return network->forward(x); }});
  const auto add = [&](const char* name, const PlanOptions& options) {
    std::shared_ptr<const ResNetPlan> plan = Compile(network, torch::kCPU, options);
    sides.push_back(
        {name, [plan](const torch::Tensor& x) { return plan->Logits(plan->Activations(x)); }});
  };
  PlanOptions options = {.crop_size = crop, .batch = batch};
  add("float32", options);
  if (SupportOf(torch::kCPU).bfloat16) {
    options.precision = Precision::kBfloat16;
    add("bfloat16", options);
  }
  if (SupportOf(torch::kCPU).int8) {
    options.precision = Precision::kInt8;
    options.quantisers = ChooseQuantisers(
        Fold(network),
        {torch::randn({4, 3, crop, crop}).contiguous(torch::MemoryFormat::ChannelsLast)});
    add("int8", options);
  }
  return sides;
}

void Measure(Architecture architecture, int64_t batch, int64_t crop, int rounds) {
  ResNet network(architecture, 5);
  {
    const torch::NoGradGuard no_grad;
    InitWeights(network, 1);
  }
  network->eval();
  const torch::InferenceMode inference_mode;
  std::vector<Side> sides = Sides(network, batch, crop);
  const torch::Tensor inputs =
      torch::randn({batch, 3, crop, crop}).contiguous(torch::MemoryFormat::ChannelsLast);
  const int repeats = std::max<int>(1, static_cast<int>(16 / batch));
  for (Side& side : sides) Milliseconds(side, inputs, 3);
  for (int round = 0; round < rounds; ++round) {
    for (Side& side : sides) side.ms.push_back(Milliseconds(side, inputs, repeats));
  }
  const double eager = Median(sides[0].ms);
  for (const Side& side : sides) {
    const double ms = Median(side.ms);
    std::printf("%s batch %d %-8s %7.2f ms an image, %5.2f x eager\n",
                std::string(ArchitectureName(architecture)).c_str(), static_cast<int>(batch),
                side.name.c_str(), ms, eager / ms);
  }
}

}  // namespace
}  // namespace fovea

int main(int argc, char** argv) {
  CLI::App app("Milliseconds of inference an image, by precision");
  int rounds = 9, threads = 2;
  int64_t crop = 224;
  std::vector<int64_t> batches = {1, 8};
  app.add_option("--rounds", rounds, "Interleaved rounds");
  app.add_option("--threads", threads, "Threads");
  app.add_option("--crop-size", crop, "Pixels");
  app.add_option("--batches", batches, "Batch sizes")->delimiter(',');
  CLI11_PARSE(app, argc, argv);
  fovea::SetTorchThreads(threads);
  for (const auto architecture : {fovea::Architecture::kResNet18, fovea::Architecture::kResNet50}) {
    for (const int64_t batch : batches) fovea::Measure(architecture, batch, crop, rounds);
  }
  return 0;
}
