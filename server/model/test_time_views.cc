#include "server/model/test_time_views.h"

#include <vector>

namespace fovea {
namespace {

constexpr int64_t kRows = 2;
constexpr int64_t kColumns = 3;

}  // namespace

torch::Tensor MeanLogits(const torch::Tensor& inputs, int views, const LogitsFunction& logits_of) {
  torch::Tensor sum = logits_of(inputs);
  if (views == 1) return sum;
  const std::vector<std::vector<int64_t>> mirrored = {{kColumns}, {kRows}, {kRows, kColumns}};
  for (int i = 0; i < views - 1; ++i) {
    sum = sum + logits_of(inputs.flip(mirrored[static_cast<size_t>(i)]));
  }
  return sum / views;
}

}  // namespace fovea
