#include "server/training/sampler.h"

#include <map>
#include <numeric>
#include <utility>

#include "common/base/random_stream.h"

namespace fovea {

std::vector<int64_t> EpochOrder(uint64_t seed, int epoch, int64_t count) {
  std::vector<int64_t> order(count);
  std::iota(order.begin(), order.end(), int64_t{0});
  RandomStream random({seed, static_cast<uint64_t>(epoch)});
  for (int64_t i = count - 1; i > 0; --i) {
    std::swap(order[i], order[random.Below(static_cast<uint64_t>(i) + 1)]);
  }
  return order;
}

std::vector<int64_t> BalancedDraw(uint64_t seed, int epoch, const std::vector<int64_t>& labels) {
  std::map<int64_t, std::vector<int64_t>> by_label;
  for (size_t i = 0; i < labels.size(); ++i) {
    by_label[labels[i]].push_back(static_cast<int64_t>(i));
  }
  std::vector<std::vector<int64_t>> classes;
  for (auto& [label, members] : by_label) classes.push_back(std::move(members));
  RandomStream random({seed, static_cast<uint64_t>(epoch)});
  std::vector<int64_t> drawn;
  for (size_t i = 0; i < labels.size(); ++i) {
    const std::vector<int64_t>& members = classes[random.Below(classes.size())];
    drawn.push_back(members[random.Below(members.size())]);
  }
  return drawn;
}

std::vector<Sample> EpochSamples(Sampling sampling, uint64_t seed, int epoch,
                                 const std::vector<Sample>& train) {
  std::vector<int64_t> labels;
  for (const Sample& sample : train) labels.push_back(sample.label);
  const std::vector<int64_t> order =
      sampling == Sampling::kClassBalanced
          ? BalancedDraw(seed, epoch, labels)
          : EpochOrder(seed, epoch, static_cast<int64_t>(train.size()));
  std::vector<Sample> samples;
  std::vector<int> draws(train.size());
  for (const int64_t index : order) {
    samples.push_back(train[index]);
    samples.back().draw = draws[index]++;
  }
  return samples;
}

int64_t StepsPerEpoch(int64_t images, int batch_size, int crop_size) {
  const int64_t full = images / batch_size;
  const int64_t rest = images % batch_size;
  const bool rest_is_usable = rest > 1 || (rest == 1 && crop_size > 32);
  return full + (rest_is_usable ? 1 : 0);
}

}  // namespace fovea
