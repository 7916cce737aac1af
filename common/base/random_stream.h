// A stream of random numbers that is the same on every machine, for augmentation and shuffling.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace fovea {

// Numbers from a seed, by SplitMix64 (Steele, Lea and Flood, 2014). Unlike the distributions of
// <random>, every result is fixed by this file alone. Not thread-safe; make one a sample.
class RandomStream {
 public:
  // From a hash of all parts, for instance {seed, epoch, sample index}.
  explicit RandomStream(std::initializer_list<uint64_t> parts);

  uint64_t Next();
  // Uniform in 0 .. bound - 1, without bias. bound > 0.
  uint64_t Below(uint64_t bound);
  // Uniform in low .. high, high left out (or reached by rounding).
  double Uniform(double low, double high);
  // True with probability 1/2.
  bool Flip() { return (Next() >> 63) != 0; }

 private:
  uint64_t state_;
};

}  // namespace fovea
