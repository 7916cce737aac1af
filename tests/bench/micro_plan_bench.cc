// Micro-benchmarks of the inference plan, and of what in it is no convolution.
#include <benchmark/benchmark.h>

#include <memory>

#include "common/torch/torch.h"
#include "server/model/plan/byte_tensors.h"
#include "server/model/plan/compile.h"
#include "server/model/plan/max_pool.h"
#include "server/model/plan/resnet_plan.h"

namespace fovea {
namespace {

torch::Tensor Positive(int64_t batch, int64_t channels, int64_t side, at::ScalarType type) {
  return torch::rand({batch, channels, side, side})
      .mul(255)
      .to(type)
      .contiguous(torch::MemoryFormat::ChannelsLast);
}

// Argument: the batch. ResNet50 in float32.
void BM_Plan(benchmark::State& state) {
  ResNet network(Architecture::kResNet50, 5);
  {
    const torch::NoGradGuard no_grad;
    InitWeights(network, 1);
  }
  network->eval();
  const auto plan = Compile(network, torch::kCPU, {.batch = state.range(0)});
  const torch::InferenceMode inference_mode;
  const torch::Tensor inputs = Positive(state.range(0), 3, 224, torch::kFloat);
  for (auto _ : state) benchmark::DoNotOptimize(plan->Logits(plan->Activations(inputs)));
}
BENCHMARK(BM_Plan)->Arg(1)->Arg(8)->Unit(benchmark::kMillisecond)->UseRealTime();

// What the stem gives, at batch 8.
torch::Tensor StemResult(at::ScalarType type) { return Positive(8, 64, 112, type); }

void BM_MaxPool(benchmark::State& state, at::ScalarType type) {
  const torch::InferenceMode inference_mode;
  const torch::Tensor x = StemResult(type);
  for (auto _ : state) benchmark::DoNotOptimize(MaxPoolAfterRelu(x));
}
BENCHMARK_CAPTURE(BM_MaxPool, float32, torch::kFloat)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK_CAPTURE(BM_MaxPool, bfloat16, torch::kBFloat16)
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(BM_MaxPool, bytes, torch::kByte)->Unit(benchmark::kMicrosecond)->UseRealTime();

// The alternative, which also says where each maximum was.
void BM_MaxPoolOfTorch(benchmark::State& state, at::ScalarType type) {
  const torch::InferenceMode inference_mode;
  const torch::Tensor x = StemResult(type);
  for (auto _ : state) benchmark::DoNotOptimize(ResNetPlan::MaxPool(x));
}
BENCHMARK_CAPTURE(BM_MaxPoolOfTorch, float32, torch::kFloat)
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(BM_MaxPoolOfTorch, bfloat16, torch::kBFloat16)
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

void BM_QuantiseBytes(benchmark::State& state) {
  const torch::InferenceMode inference_mode;
  const torch::Tensor x = Positive(8, 3, 224, torch::kFloat);
  for (auto _ : state) benchmark::DoNotOptimize(QuantiseBytes(x, {1.0, 0}));
}
BENCHMARK(BM_QuantiseBytes)->Unit(benchmark::kMicrosecond)->UseRealTime();

// The alternative: Torch's operators, one after the other.
void BM_QuantiseBytesOfTorch(benchmark::State& state) {
  const torch::InferenceMode inference_mode;
  const torch::Tensor x = Positive(8, 3, 224, torch::kFloat);
  for (auto _ : state) {
    benchmark::DoNotOptimize(torch::round(x * 1.0).add_(0.0).clamp_(0, 255).to(torch::kByte));
  }
}
BENCHMARK(BM_QuantiseBytesOfTorch)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace fovea
