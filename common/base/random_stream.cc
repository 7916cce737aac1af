#include "common/base/random_stream.h"

namespace fovea {
namespace {

uint64_t Mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

constexpr uint64_t kGolden = 0x9E3779B97F4A7C15ULL;

}  // namespace

RandomStream::RandomStream(std::initializer_list<uint64_t> parts) : state_(0) {
  // Mixed again after each part, so that {0}, {0, 0} and {0, 0, 0} are different streams.
  for (const uint64_t part : parts) state_ = Mix((state_ ^ Mix(part + kGolden)) + kGolden);
}

uint64_t RandomStream::Next() {
  state_ += kGolden;
  return Mix(state_);
}

uint64_t RandomStream::Below(uint64_t bound) {
  // Numbers below this would make the first remainders more likely.
  const uint64_t threshold = (0 - bound) % bound;
  uint64_t value = Next();
  while (value < threshold) value = Next();
  return value % bound;
}

double RandomStream::Uniform(double low, double high) {
  // 53 bits are all that a double below 1 holds.
  const double share = static_cast<double>(Next() >> 11) * 0x1p-53;
  return low + (high - low) * share;
}

}  // namespace fovea
