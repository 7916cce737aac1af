#include "server/model/test_time_views.h"

#include <gtest/gtest.h>

#include <vector>

#include "server/model/resnet.h"

namespace fovea {
namespace {

torch::Tensor Input() {
  at::Generator generator = at::detail::createCPUGenerator(3);
  return torch::randn({2, 32, 48, 3}, generator).permute({0, 3, 1, 2});
}

// What a network would be shown, in order.
std::vector<torch::Tensor> ViewsOf(const torch::Tensor& inputs, int views) {
  std::vector<torch::Tensor> seen;
  MeanLogits(inputs, views, [&seen](const torch::Tensor& view) {
    seen.push_back(view);
    return torch::zeros({view.size(0), 2});
  });
  return seen;
}

TEST(MeanLogitsTest, ShowsEachMirroredViewOnceInBoundedBatches) {
  const torch::Tensor x = Input();
  const std::vector<torch::Tensor> want = {x, x.flip(3), x.flip(2), x.flip(2).flip(3)};
  for (const int views : {1, 2, 4}) {
    const std::vector<torch::Tensor> seen = ViewsOf(x, views);
    ASSERT_EQ(seen.size(), static_cast<size_t>(views));
    for (size_t i = 0; i < seen.size(); ++i) {
      EXPECT_TRUE(seen[i].equal(want[i])) << i;
      EXPECT_TRUE(seen[i].is_contiguous(at::MemoryFormat::ChannelsLast)) << i;
    }
  }
}

TEST(MeanLogitsTest, IsTheMeanOverViews) {
  const torch::Tensor x = Input();
  const LogitsFunction first_pixel = [](const torch::Tensor& view) {
    return view.select(3, 0).select(2, 0);
  };
  const torch::Tensor want = (x.select(3, 0).select(2, 0) + x.select(3, 47).select(2, 0) +
                              x.select(3, 0).select(2, 31) + x.select(3, 47).select(2, 31)) / 4;
  EXPECT_LT((MeanLogits(x, 4, first_pixel) - want).abs().max().item<float>(), 1e-6);
  EXPECT_TRUE(MeanLogits(x, 1, first_pixel).equal(first_pixel(x)));
}

TEST(MeanLogitsTest, OfAMirroredInputAreTheSame) {
  ResNet network(Architecture::kResNet18, 5);
  InitWeights(network, 11);
  network->eval();
  const torch::NoGradGuard no_grad;
  const LogitsFunction forward = [&](const torch::Tensor& x) { return network->forward(x); };
  const auto distance = [](const torch::Tensor& a, const torch::Tensor& b) {
    return (a - b).abs().max().item<float>();
  };
  const torch::Tensor x = Input();
  EXPECT_LT(distance(MeanLogits(x, 2, forward), MeanLogits(x.flip(3), 2, forward)), 1e-5);
  EXPECT_LT(distance(MeanLogits(x, 4, forward), MeanLogits(x.flip(2), 4, forward)), 1e-5);
  EXPECT_GT(distance(MeanLogits(x, 1, forward), MeanLogits(x.flip(3), 1, forward)), 1e-4);
}

}  // namespace
}  // namespace fovea
