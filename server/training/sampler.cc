#include "server/training/sampler.h"

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

int64_t StepsPerEpoch(int64_t images, int batch_size, int crop_size) {
  const int64_t full = images / batch_size;
  const int64_t rest = images % batch_size;
  const bool rest_is_usable = rest > 1 || (rest == 1 && crop_size > 32);
  return full + (rest_is_usable ? 1 : 0);
}

}  // namespace fovea
