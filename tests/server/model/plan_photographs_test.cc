// The fp32 plan against eager LibTorch on real photographs, prepared as serving prepares them.
//
// Random weights, with what training gives a network and this comparison needs: batch-norm
// statistics of photographs; residual branches that change little each, as random layers enlarge
// rounding errors (a hundredfold in ResNet50); and a last layer with the priors of the grades and
// evidence of about their size, so that photographs get different grades.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "common/base/file.h"
#include "common/preprocess/preprocess.h"
#include "common/torch/torch.h"
#include "server/model/plan/compile.h"
#include "server/model/resnet.h"
#include "server/model/state_dict.h"

namespace fovea {
namespace {

constexpr char kPhotographs[] = FOVEA_SOURCE_DIR "/../shared/data/eyepacs256/images";
constexpr size_t kCount = 500;
constexpr int64_t kBatch = 10;
constexpr int64_t kStatisticsBatches = 6;
constexpr double kBranchScale = 0.1;  // Of the last batch norm of a block.
constexpr double kEvidence = 1.5;     // Standard deviation of a logit over photographs.
const std::vector<float> kPriors = {0.73f, 0.07f, 0.15f, 0.025f, 0.025f};

struct Case {
  Architecture architecture;
  PreprocessSpec spec;
};

// The same number of photographs from all over the folder; none where there is no folder.
std::vector<std::string> Photographs() {
  std::vector<std::string> all, chosen;
  if (!std::filesystem::is_directory(kPhotographs)) return {};
  for (const auto& entry : std::filesystem::directory_iterator(kPhotographs)) {
    all.push_back(entry.path().string());
  }
  std::sort(all.begin(), all.end());
  if (all.size() < kCount) return {};
  for (size_t i = 0; i < kCount; ++i) chosen.push_back(all[i * all.size() / kCount]);
  return chosen;
}

// Inputs of the network [kBatch, 3, side, side], channels_last.
std::vector<torch::Tensor> Batches(const PreprocessSpec& spec) {
  std::vector<torch::Tensor> batches;
  const int64_t side = spec.crop_size;
  const std::vector<std::string> paths = Photographs();
  for (size_t i = 0; i < paths.size(); ++i) {
    const int64_t place = static_cast<int64_t>(i) % kBatch;
    if (place == 0) batches.push_back(torch::empty({kBatch, side, side, 3}));
    const Image image = LoadImage(ReadFile(paths[i]).value(), spec, {}).value();
    ToTensor(image, CentreCrop(image.width, image.height, spec), spec,
             batches.back()[place].data_ptr<float>());
  }
  for (torch::Tensor& batch : batches) batch = batch.permute({0, 3, 1, 2});
  return batches;
}

void ScaleResidualBranches(ResNet& network) {
  const bool small = network->architecture() == Architecture::kResNet18;
  for (auto& [name, tensor] : StateDict(*network)) {
    if (absl::EndsWith(name, small ? "bn2.weight" : "bn3.weight")) tensor.fill_(kBranchScale);
  }
}

// Running statistics that are the means over these batches.
void EstimateBatchNorms(ResNet& network, const std::vector<torch::Tensor>& batches) {
  network->train();
  for (size_t i = 0; i < batches.size(); ++i) {
    for (const auto& module : network->modules()) {
      auto* const norm = module->as<torch::nn::BatchNorm2dImpl>();
      if (norm != nullptr) norm->options.momentum(1.0 / static_cast<double>(i + 1));
    }
    network->features(batches[i]);
  }
  network->eval();
}

void SetLastLayer(ResNet& network, const std::vector<torch::Tensor>& batches) {
  std::vector<torch::Tensor> logits;
  for (const torch::Tensor& batch : batches) logits.push_back(network->forward(batch));
  const torch::Tensor evidence = torch::cat(logits) - network->fc->bias;
  const torch::Tensor scale = kEvidence / evidence.std(0);
  network->fc->weight *= scale.unsqueeze(1);
  network->fc->bias.copy_(torch::tensor(kPriors).log() - evidence.mean(0) * scale);
}

ResNet NetworkFor(Architecture architecture, const std::vector<torch::Tensor>& batches) {
  ResNet network(architecture, 5);
  const torch::NoGradGuard no_grad;
  InitWeights(network, 11);
  ScaleResidualBranches(network);
  const std::vector<torch::Tensor> some(batches.begin(), batches.begin() + kStatisticsBatches);
  EstimateBatchNorms(network, some);
  SetLastLayer(network, some);
  return network;
}

class PlanPhotographsTest : public testing::TestWithParam<Case> {};

// The largest difference of a logit, relative to the largest logit of its photograph in magnitude.
TEST_P(PlanPhotographsTest, LogitsAndGradesAreThoseOfEagerTorch) {
  const std::vector<torch::Tensor> batches = Batches(GetParam().spec);
  if (batches.empty()) GTEST_SKIP() << "no " << kCount << " photographs in shared/data";
  at::set_num_threads(1);  // Two that wait for each other on a busy machine take many times as long.
  ResNet network = NetworkFor(GetParam().architecture, batches);
  const torch::InferenceMode inference_mode;
  const auto plan = Compile(network, torch::kCPU,
                            {.crop_size = GetParam().spec.crop_size, .batch = kBatch});
  double highest = 0;
  int64_t other_grades = 0;
  std::vector<int64_t> answered(5);
  for (const torch::Tensor& batch : batches) {
    const torch::Tensor eager = network->forward(batch);
    const torch::Tensor planned = plan->Logits(plan->Activations(batch));
    const torch::Tensor relative = (planned - eager).abs().amax(1) / eager.abs().amax(1);
    highest = std::max(highest, relative.max().item<double>());
    const torch::Tensor grades = eager.argmax(1);
    other_grades += (planned.argmax(1) != grades).sum().item<int64_t>();
    for (int64_t i = 0; i < kBatch; ++i) ++answered[grades[i].item<int64_t>()];
  }
  std::printf("largest relative difference %.2e; grades", highest);
  for (const int64_t count : answered) std::printf(" %d", static_cast<int>(count));
  std::printf("\n");
  EXPECT_LE(highest, 1e-5);
  EXPECT_EQ(other_grades, 0);
  EXPECT_LT(*std::max_element(answered.begin(), answered.end()), kCount * 8 / 10)
      << "nearly all photographs have one grade, so that equal ones say little";
}

INSTANTIATE_TEST_SUITE_P(
    Architectures, PlanPhotographsTest,
    testing::Values(Case{Architecture::kResNet18, {}},
                    // Smaller, for time's sake.
                    Case{Architecture::kResNet50, {.resize_short_side = 146, .crop_size = 128}}),
    [](const auto& row) {
      return row.param.architecture == Architecture::kResNet18 ? "ResNet18" : "ResNet50";
    });

}  // namespace
}  // namespace fovea
