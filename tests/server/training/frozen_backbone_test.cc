#include "server/training/frozen_backbone.h"

#include <gtest/gtest.h>

#include "server/model/state_dict.h"
#include "server/training/mixed_precision.h"
#include "server/training/step.h"

namespace fovea {
namespace {

class FrozenBackboneTest : public testing::Test {
 protected:
  FrozenBackboneTest() {
    at::set_num_threads(1);
    options_.recipe.head_batch_norm_moves = false;
    options_.preprocess.crop_size = 64;
    torch::manual_seed(1);
    batch_.inputs = torch::randn({4, 3, 64, 64}).contiguous(torch::MemoryFormat::ChannelsLast);
    batch_.labels = torch::tensor({int64_t{0}, int64_t{2}, int64_t{1}, int64_t{2}});
  }

  static ResNet MakeModel() {
    ResNet model(Architecture::kResNet18, 3);
    InitWeights(model, 1);
    return model;
  }

  std::unique_ptr<const ResNetPlan> CompileFor(const ResNet& model, Phase phase,
                                               bool mixed = false) {
    return CompileFrozenBackbone(model, phase, options_, torch::kCPU, mixed);
  }

  // One step in phase HEAD.
  StepResult Step(ResNet& model, const StepOptions& options) {
    SetTrainMode(model, Phase::kHead, options_.recipe);
    Sgd optimiser = MakeOptimiser(model, Phase::kHead, options_.recipe);
    return TrainStep(model, Phase::kHead, batch_, {torch::ones({3})}, 0.1, &optimiser, options);
  }

  static double Difference(ResNet& a, ResNet& b) {
    return (a->fc->weight - b->fc->weight).abs().max().item<double>();
  }

  TrainingOptions options_;
  DeviceBatch batch_;
};

TEST_F(FrozenBackboneTest, IsThereOnlyWhereNothingMovesTheBackbone) {
  const ResNet model = MakeModel();
  EXPECT_NE(CompileFor(model, Phase::kHead), nullptr);
  EXPECT_EQ(CompileFor(model, Phase::kFull), nullptr);
  options_.recipe.head_batch_norm_moves = true;
  EXPECT_EQ(CompileFor(model, Phase::kHead), nullptr);
}

TEST_F(FrozenBackboneTest, AStepIsThatOfTheNetworkInEvalMode) {
  ResNet plain = MakeModel(), planned = MakeModel();
  const auto plan = CompileFor(planned, Phase::kHead);
  const NamedTensors before = StateDict(*MakeModel());
  const StepResult a = Step(plain, {});
  const StepResult b = Step(planned, {.frozen = plan.get()});
  EXPECT_NEAR(a.loss, b.loss, 1e-5);
  EXPECT_LT(Difference(plain, planned), 1e-5);
  for (const auto& [name, tensor] : StateDict(*planned)) {
    if (name.rfind("fc.", 0) == 0) {
      EXPECT_FALSE(torch::equal(tensor, before.at(name))) << name;
    } else {
      EXPECT_TRUE(torch::equal(tensor, before.at(name))) << name;
    }
  }
}

// The head sees in training what it sees in tests.
TEST_F(FrozenBackboneTest, TheLossIsThatOfTheTestedNetwork) {
  ResNet model = MakeModel();
  const auto plan = CompileFor(model, Phase::kHead);
  const torch::Tensor logits = [&] {
    const torch::NoGradGuard no_grad;
    return plan->Logits(plan->Activations(batch_.inputs));
  }();
  const double expected = LossOf({torch::ones({3})}, logits, batch_.labels).item<double>();
  EXPECT_EQ(Step(model, {.frozen = plan.get()}).loss, expected);
}

TEST_F(FrozenBackboneTest, InMixedPrecisionAStepIsNearlyTheSame) {
  if (!HasFastMixedPrecision(torch::kCPU)) GTEST_SKIP() << "this processor has no bfloat16";
  ResNet plain = MakeModel(), planned = MakeModel();
  const auto plan = CompileFor(planned, Phase::kHead, /*mixed=*/true);
  const StepResult a = Step(plain, {});
  const StepResult b = Step(planned, {.mixed = true, .frozen = plan.get()});
  EXPECT_NEAR(a.loss, b.loss, 0.05 * a.loss);
  EXPECT_NE(a.loss, b.loss) << "this was float32";
}

}  // namespace
}  // namespace fovea
