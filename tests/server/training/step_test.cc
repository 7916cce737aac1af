#include "server/training/step.h"

#include <ATen/autocast_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "server/model/state_dict.h"
#include "server/training/mixed_precision.h"

namespace fovea {
namespace {

using testing::HasSubstr;

class StepTest : public testing::Test {
 protected:
  StepTest() : model_(Architecture::kResNet18, 3) {
    at::set_num_threads(1);
    InitWeights(model_, 1);
    const torch::NoGradGuard no_grad;
    // Logits are the same for every photograph: log 1, log 2, log 5.
    model_->fc->weight.zero_();
    model_->fc->bias.copy_(torch::tensor({1.0f, 2.0f, 5.0f}).log());
    torch::manual_seed(1);
    batch_.inputs = torch::randn({2, 3, 64, 64}).contiguous(torch::MemoryFormat::ChannelsLast);
    batch_.labels = torch::tensor({int64_t{0}, int64_t{2}});
  }

  double LossOfStep(const Loss& criterion) {
    Sgd optimiser = MakeOptimiser(model_, Phase::kHead, recipe_);
    return TrainStep(model_, Phase::kHead, batch_, criterion, 0, &optimiser).loss;
  }

  // How far a step at rate 1 without momentum and decay moves a parameter.
  double Moved(const std::string& name, double backbone_scale) {
    RecipeOptions recipe;
    recipe.momentum = 0;
    recipe.weight_decay = 0;
    recipe.backbone_learning_rate_scale = backbone_scale;
    ResNet model(Architecture::kResNet18, 3);
    InitWeights(model, 1);
    SetTrainMode(model, Phase::kFull, recipe);
    const torch::Tensor before = StateDict(*model).at(name).detach().clone();
    Sgd optimiser = MakeOptimiser(model, Phase::kFull, recipe);
    TrainStep(model, Phase::kFull, batch_, {torch::ones({3})}, 1, &optimiser);
    return (StateDict(*model).at(name).detach() - before).abs().max().item<double>();
  }

  ResNet model_;
  DeviceBatch batch_;
  const RecipeOptions recipe_;
};

// Probabilities 1/8, 2/8, 5/8; labels 0 and 2; weights 1, 3, 2.
TEST_F(StepTest, TheLossIsTheWeightedCrossEntropy) {
  const double expected = (1 * std::log(8.0) + 2 * std::log(8.0 / 5)) / 3;
  EXPECT_NEAR(LossOfStep({torch::tensor({1.0f, 3.0f, 2.0f})}), expected, 1e-6);
}

TEST_F(StepTest, LabelSmoothingGivesAShareToEveryClass) {
  const double right = 1 * std::log(8.0) + 2 * std::log(8.0 / 5);
  const double every = 1 * std::log(8.0) + 3 * std::log(4.0) + 2 * std::log(8.0 / 5);
  const double expected = (0.7 * right + 2 * 0.3 / 3 * every) / 3;
  EXPECT_NEAR(LossOfStep({torch::tensor({1.0f, 3.0f, 2.0f}), 0.3}), expected, 1e-6);
}

// The expected class is (0 * 1 + 1 * 2 + 2 * 5) / 8 = 3/2; labels 0 and 2 are 3/2 and 1/2 away.
TEST_F(StepTest, TheOrdinalTargetAddsTheSquaredDistance) {
  const double cross_entropy = (1 * std::log(8.0) + 2 * std::log(8.0 / 5)) / 3;
  const double distance = (1 * 2.25 + 2 * 0.25) / 3;
  const Loss criterion = {torch::tensor({1.0f, 3.0f, 2.0f}), 0, true};
  EXPECT_NEAR(LossOfStep(criterion), cross_entropy + distance, 1e-6);
}

// With weights w, d = expected class - label and cross entropy L, by hand:
//   d loss / d z_k = w_y / sum w * (p_k - [k = y] + 2 d p_k (k - expected class)).
TEST(OrdinalLossTest, TheGradientIsThatOfTheFormula) {
  const torch::Tensor logits =
      torch::tensor({{0.3, -1.2, 0.8, 0.1}, {2.0, 0.5, -0.5, -1.0}, {-0.4, 0.2, 0.6, 1.4}},
                    torch::kFloat64)
          .set_requires_grad(true);
  const std::vector<int64_t> labels = {3, 1, 0};
  const std::vector<double> weights = {1, 4, 2, 8};
  const double weight_sum = weights[3] + weights[1] + weights[0];
  LossOf({torch::tensor(weights, torch::kFloat64), 0, true}, logits, torch::tensor(labels))
      .backward();
  for (int64_t n = 0; n < 3; ++n) {
    std::vector<double> p(4);
    double sum = 0, expected = 0;
    for (int64_t k = 0; k < 4; ++k) {
      p[k] = std::exp(logits[n][k].item<double>());
      sum += p[k];
    }
    for (int64_t k = 0; k < 4; ++k) {
      p[k] /= sum;
      expected += static_cast<double>(k) * p[k];
    }
    const double distance = expected - static_cast<double>(labels[n]);
    for (int64_t k = 0; k < 4; ++k) {
      const double slope = p[k] - (k == labels[n] ? 1 : 0) +
                           2 * distance * p[k] * (static_cast<double>(k) - expected);
      EXPECT_NEAR(logits.grad()[n][k].item<double>(), weights[labels[n]] / weight_sum * slope,
                  1e-12)
          << n << " " << k;
    }
  }
}

TEST_F(StepTest, TheBackboneMovesAtItsOwnRate) {
  const double whole = Moved("conv1.weight", 1);
  EXPECT_GT(whole, 0);
  EXPECT_NEAR(Moved("conv1.weight", 0.5), whole / 2, whole * 1e-3);
  EXPECT_EQ(Moved("conv1.weight", 0), 0);
  EXPECT_EQ(Moved("fc.weight", 0), Moved("fc.weight", 1));
}

Sgd::Group GroupOf(const std::string& name, const torch::Tensor& parameter, double rate_scale) {
  Sgd::Group group;
  group.parameters.emplace_back(name, parameter);
  group.rate_scale = rate_scale;
  return group;
}

// torch.optim.SGD: the buffer gathers gradients, the rate of the moment scales it.
TEST(SgdTest, TheBufferDoesNotRememberTheRate) {
  RecipeOptions recipe;
  recipe.momentum = 0.5;
  recipe.weight_decay = 0;
  torch::Tensor p = torch::zeros({1});
  Sgd sgd({GroupOf("p", p, 1)}, recipe);
  p.mutable_grad() = torch::full({1}, 2.0f);
  sgd.Step(1);
  EXPECT_EQ(p.item<float>(), -2);
  sgd.Step(0.25);  // Buffer 0.5 * 2 + 2 = 3.
  EXPECT_EQ(p.item<float>(), -2.75f);
  EXPECT_EQ(sgd.Buffers().at("p").item<float>(), 3);
}

TEST(SgdTest, RefusesBuffersThatDoNotFit) {
  Sgd sgd({GroupOf("p", torch::zeros({1}), 1), GroupOf("q", torch::zeros({2}), 0.1)}, {});
  EXPECT_TRUE(sgd.LoadBuffers({{"p", torch::ones({1})}, {"q", torch::ones({2})}}).ok());
  EXPECT_THAT(sgd.LoadBuffers({{"p", torch::ones({1})}}).message(), HasSubstr("momentum of q"));
}

// One step from the same weights in both precisions.
TEST_F(StepTest, MixedPrecisionLearnsNearlyTheSame) {
  if (!HasFastMixedPrecision(torch::kCPU)) GTEST_SKIP() << "this processor has no bfloat16";
  const auto after_step = [this](bool mixed, StepResult* result) {
    ResNet model(Architecture::kResNet18, 3);
    InitWeights(model, 1);
    SetTrainMode(model, Phase::kFull, recipe_);
    Sgd optimiser = MakeOptimiser(model, Phase::kFull, recipe_);
    *result = TrainStep(model, Phase::kFull, batch_, {torch::ones({3})}, 0.1, &optimiser,
                        {.mixed = mixed});
    return StateDict(*model);
  };
  StepResult in_float32, in_mixed;
  const NamedTensors float32 = after_step(false, &in_float32);
  const NamedTensors mixed = after_step(true, &in_mixed);
  EXPECT_NEAR(in_mixed.loss, in_float32.loss, 0.05 * in_float32.loss);
  EXPECT_NE(in_mixed.loss, in_float32.loss) << "this was float32";
  for (const auto& [name, tensor] : mixed) {
    EXPECT_EQ(tensor.scalar_type(), float32.at(name).scalar_type()) << name;
  }
  const auto bias = [](const NamedTensors& tensors) { return tensors.at("fc.bias").detach(); };
  EXPECT_LT((bias(mixed) - bias(float32)).abs().max().item<double>(), 0.01);
  EXPECT_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
}

// The copies of the weights in bfloat16 are made anew each step.
TEST_F(StepTest, MixedPrecisionSeesTheLastStep) {
  if (!HasFastMixedPrecision(torch::kCPU)) GTEST_SKIP() << "this processor has no bfloat16";
  Sgd optimiser = MakeOptimiser(model_, Phase::kHead, recipe_);
  SetTrainMode(model_, Phase::kHead, recipe_);
  const Loss criterion = {torch::ones({3})};
  const double first =
      TrainStep(model_, Phase::kHead, batch_, criterion, 1e-5, &optimiser, {.mixed = true}).loss;
  const double second =
      TrainStep(model_, Phase::kHead, batch_, criterion, 1e-5, &optimiser, {.mixed = true}).loss;
  EXPECT_LT(second, first);
}

}  // namespace
}  // namespace fovea
