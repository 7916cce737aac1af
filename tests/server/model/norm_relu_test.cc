#include "server/model/norm_relu.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <limits>
#include <vector>

#include "server/model/norm_kernels.h"

namespace fovea {
namespace {

using torch::Tensor;

constexpr int64_t kChannels = 24;

torch::nn::BatchNorm2d MakeNorm() {
  torch::nn::BatchNorm2d norm(kChannels);
  const torch::NoGradGuard no_grad;
  norm->weight.copy_(torch::rand({kChannels}) - 0.3);
  norm->bias.copy_(torch::randn({kChannels}));
  norm->running_mean.copy_(torch::randn({kChannels}));
  return norm;
}

struct Case {
  bool add, relu;
  at::ScalarType type;
};

// The result, what backward gives, and the running statistics after it.
struct Outcome {
  Tensor result;
  std::vector<Tensor> gradients;
  Tensor running_mean, running_var;
};

class NormReluTest : public testing::Test {
 protected:
  NormReluTest() {
    at::set_num_threads(2);
    torch::manual_seed(5);
    x_ = ChannelsLast(torch::randn({6, kChannels, 33, 31}) * 3 + 2);
    shortcut_ = ChannelsLast(torch::randn(x_.sizes()));
    gradient_ = ChannelsLast(torch::randn(x_.sizes()));
    norm_ = MakeNorm();
  }

  static Tensor ChannelsLast(const Tensor& x) {
    return x.contiguous(torch::MemoryFormat::ChannelsLast);
  }

  static Tensor Ours(const Case& c, torch::nn::BatchNorm2dImpl& norm, const Tensor& x,
                     const Tensor& shortcut) {
    if (c.add) return NormAddRelu(norm, x, shortcut);
    return c.relu ? NormRelu(norm, x) : Norm(norm, x);
  }

  // In float32 also of bfloat16, so that results are not rounded on the way.
  static Tensor Torchs(const Case& c, torch::nn::BatchNorm2dImpl& norm, const Tensor& x,
                       const Tensor& shortcut) {
    Tensor y = norm.forward(x.to(torch::kFloat));
    if (c.add) y = y + shortcut.to(torch::kFloat);
    return c.relu ? torch::relu(y) : y;
  }

  template <typename Forward>
  Outcome Run(const Case& c, const Forward& forward) const {
    torch::nn::BatchNorm2d norm(std::dynamic_pointer_cast<torch::nn::BatchNorm2dImpl>(
        norm_->clone()));
    const Tensor x = x_.to(c.type).detach().clone().set_requires_grad(true);
    const Tensor shortcut = shortcut_.to(c.type).detach().clone().set_requires_grad(true);
    const Tensor result = forward(c, *norm, x, shortcut);
    std::vector<Tensor> inputs = {x, norm->weight, norm->bias};
    if (c.add) inputs.push_back(shortcut);
    const Tensor gradient = gradient_.to(c.type).to(result.scalar_type());
    Outcome outcome = {result, torch::autograd::grad({result}, inputs, {gradient}),
                       norm->running_mean, norm->running_var};
    EXPECT_EQ(norm->num_batches_tracked.item<int64_t>(), 1);
    return outcome;
  }

  static double Difference(const Tensor& a, const Tensor& b) {
    const Tensor wide = b.to(torch::kDouble);
    return ((a.to(torch::kDouble) - wide).norm() / wide.norm()).item<double>();
  }

  Tensor x_, shortcut_, gradient_;
  torch::nn::BatchNorm2d norm_{nullptr};
};

TEST_F(NormReluTest, GivesWhatTorchGives) {
  for (const at::ScalarType type : {torch::kFloat, torch::kBFloat16}) {
    const double most = type == torch::kFloat ? 2e-6 : 1e-2;
    for (const Case& c : {Case{false, false, type}, {false, true, type}, {true, true, type}}) {
      SCOPED_TRACE(testing::Message() << c.add << c.relu << type);
      const Outcome ours = Run(c, Ours);
      const Outcome torchs = Run(c, Torchs);
      EXPECT_EQ(ours.result.scalar_type(), type);
      EXPECT_TRUE(ours.result.is_contiguous(torch::MemoryFormat::ChannelsLast));
      EXPECT_LT(Difference(ours.result, torchs.result), most);
      EXPECT_LT(Difference(ours.running_mean, torchs.running_mean), 1e-6);
      EXPECT_LT(Difference(ours.running_var, torchs.running_var), 1e-5);
      for (size_t i = 0; i < ours.gradients.size(); ++i) {
        EXPECT_LT(Difference(ours.gradients[i], torchs.gradients[i]), most) << i;
      }
    }
  }
}

// Torch in double precision as the truth.
TEST_F(NormReluTest, AMeanFarFromZeroCostsNoPrecision) {
  x_ = ChannelsLast(torch::randn(x_.sizes()) + 1000);
  const Case c = {false, false, torch::kFloat};
  const Outcome ours = Run(c, Ours);
  const Tensor mean = x_.to(torch::kDouble).mean({0, 2, 3}, true);
  const Tensor wide = x_.to(torch::kDouble) - mean;
  const Tensor variance = wide.square().mean({0, 2, 3}, true);
  const Tensor truth = wide / (variance + 1e-5).sqrt() *
                           norm_->weight.to(torch::kDouble).view({1, -1, 1, 1}) +
                       norm_->bias.to(torch::kDouble).view({1, -1, 1, 1});
  EXPECT_LT(Difference(ours.result, truth), 1e-4);
}

TEST_F(NormReluTest, ThreadsChangeNoBit) {
  const Case c = {true, true, torch::kFloat};
  const Outcome two = Run(c, Ours);
  at::set_num_threads(1);
  const Outcome one = Run(c, Ours);
  EXPECT_TRUE(torch::equal(two.result, one.result));
  EXPECT_TRUE(torch::equal(two.running_var, one.running_var));
  for (size_t i = 0; i < one.gradients.size(); ++i) {
    EXPECT_TRUE(torch::equal(two.gradients[i], one.gradients[i])) << i;
  }
}

TEST_F(NormReluTest, WithoutGradientsTheResultTakesTheMemory) {
  const Outcome expected = Run({false, true, torch::kFloat}, Ours);
  const torch::NoGradGuard no_grad;
  const Tensor x = x_.clone();
  const Tensor result = NormRelu(*norm_, x);
  EXPECT_EQ(result.data_ptr(), x.data_ptr());
  EXPECT_TRUE(torch::equal(result, expected.result));
}

TEST_F(NormReluTest, InEvalModeItIsTorchs) {
  norm_->eval();
  const torch::NoGradGuard no_grad;
  const Tensor expected = torch::relu(norm_->forward(x_) + shortcut_);
  EXPECT_TRUE(torch::equal(NormAddRelu(*norm_, x_.clone(), shortcut_), expected));
}

// So that a loss that is not finite is seen.
TEST_F(NormReluTest, WhatIsNotANumberStaysSo) {
  const torch::NoGradGuard no_grad;
  for (const at::ScalarType type : {torch::kFloat, torch::kBFloat16}) {
    Tensor x = x_.to(type).clone();
    x[0][3][0][0] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(NormRelu(*MakeNorm(), x).select(1, 3).isnan().all().item<bool>());
  }
}

template <typename T>
std::vector<T> Numbers(const Tensor& x) {
  const T* data = static_cast<const T*>(x.data_ptr());
  return {data, data + x.numel()};
}

template <typename T>
void CompareSums(const Tensor& rows) {
  const NormKernels<T>* avx2 = Avx2NormKernels<T>();
  if (avx2 == nullptr) GTEST_SKIP() << "this processor has no AVX2";
  const std::vector<T> x = Numbers<T>(rows);
  const std::vector<float> shift(kChannels, 0.5f);
  std::vector<float> plain(2 * kChannels), fast(2 * kChannels);
  const RowRange range = {rows.size(0), kChannels};
  GenericNormKernels<T>()->sums({range, x.data(), shift.data(), plain.data(), &plain[kChannels]});
  avx2->sums({range, x.data(), shift.data(), fast.data(), &fast[kChannels]});
  for (size_t i = 0; i < plain.size(); ++i) {
    EXPECT_NEAR(fast[i], plain[i], 1e-5 * (1 + std::abs(plain[i]))) << i;
  }
}

TEST(NormKernelsTest, BothKindsAddUpTheSame) {
  torch::manual_seed(1);
  const Tensor rows = torch::randn({50, kChannels});
  CompareSums<float>(rows);
  CompareSums<Bfloat16>(rows.to(torch::kBFloat16));
}

TEST(NormKernelsTest, Bfloat16IsRoundedAsTorchDoes) {
  torch::manual_seed(1);
  const Tensor rows = torch::randn({64, kChannels}).to(torch::kBFloat16);
  const Tensor scale = torch::rand({kChannels}), offset = torch::randn({kChannels});
  // One product and one sum, each rounded, as the plain loops compute them.
  const Tensor expected = (rows.to(torch::kFloat) * scale + offset).to(torch::kBFloat16);
  Tensor out = torch::empty_like(rows);
  GenericNormKernels<Bfloat16>()->apply(
      {{64, kChannels}, static_cast<const Bfloat16*>(rows.data_ptr()), nullptr,
       scale.const_data_ptr<float>(), offset.const_data_ptr<float>(), false,
       static_cast<Bfloat16*>(out.data_ptr())});
  EXPECT_TRUE(torch::equal(out, expected));
}

}  // namespace
}  // namespace fovea
